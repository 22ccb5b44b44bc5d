import { codeLengths, codes } from './huffman-code.ts';

/** Bytes that the text takes when it is Huffman-coded. Characters are bytes (latin1). */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += codeLengths[text.charCodeAt(i) & 0xff]!;
  return (bits + 7) >>> 3;
}

/**
 * Writes the text Huffman-coded to `out[at..]`, which must have room for `huffmanLength`.
 * @returns behind the last byte written.
 */
export function encodeHuffman(text: string, out: Uint8Array, at: number): number {
  let to = at;
  // Up to 7 bits wait for the next code; a code of up to 30 is put behind them in two parts, so 32 bits are enough.
  let held = 0;
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 0xff;
    let length = codeLengths[symbol]!;
    let code = codes[symbol]!;
    if (length > 15) {
      const low = length - 15;
      held = (held << 15) | (code >>> low);
      bits += 15;
      while (bits >= 8) out[to++] = (held >>> (bits -= 8)) & 0xff;
      code &= (1 << low) - 1;
      length = low;
    }
    held = (held << length) | code;
    bits += length;
    while (bits >= 8) out[to++] = (held >>> (bits -= 8)) & 0xff;
  }
  if (bits > 0) out[to++] = ((held << (8 - bits)) | (0xff >>> bits)) & 0xff;
  return to;
}
