/**
 * Lengths in bits of the codes of the bytes 0 to 255 and of the end of a string (RFC 7541 appendix B), a digit of base 36
 * each. The code is canonical: shorter codes come first, and among equals those of smaller bytes. So the lengths say all.
 */
const lengths: string =
  'dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca' +
  'd67777777777777777777777878djde6f56565666577666567655677777fbeds' +
  'kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn' +
  'qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq' +
  'u';

/** What must not be in a string: its end is shown by its length. */
export const END_OF_STRING = 256;

/** Bits of the code of each symbol. */
export const codeLengths: Uint8Array = Uint8Array.from(lengths, (digit) => Number.parseInt(digit, 36));

/** The codes themselves, at the low end of each number. */
export const codes: Uint32Array = codesOf(codeLengths);

function codesOf(lengthOf: Uint8Array): Uint32Array {
  const all = new Uint32Array(lengthOf.length);
  let code = 0;
  for (let length = 1; length <= 30; length++) {
    for (let symbol = 0; symbol < lengthOf.length; symbol++) if (lengthOf[symbol] === length) all[symbol] = code++;
    code *= 2;
  }
  return all;
}
