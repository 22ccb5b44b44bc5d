/** A stretch of a message: text, or a text repeated. Text stands for bytes: U+0000 to U+00FF, one each. */
export type Piece = string | { readonly repeat: string; readonly times: number };

/** What stands in a corpus file where bytes are meant. */
export type Spelling = Piece | readonly Piece[];

/** Bound of what one case may say, so that a slip in a file does not eat the machine. */
const longest = 16 * 1024 * 1024;

/** The bytes of a spelling. @throws Error where a character is no byte, or where it is too long. */
export function bytesOf(spelling: Spelling): Buffer {
  const pieces = Array.isArray(spelling) ? (spelling as readonly Piece[]) : [spelling as Piece];
  const lengths = pieces.map((piece) => (typeof piece === 'string' ? piece.length : piece.repeat.length * piece.times));
  const length = lengths.reduce((sum, one) => sum + one, 0);
  if (!(length <= longest)) throw new Error(`Cannot spell ${length} bytes: at most ${longest} in a case`);
  return Buffer.from(pieces.map(textOf).join(''), 'latin1');
}

function textOf(piece: Piece): string {
  const text = typeof piece === 'string' ? piece : piece.repeat;
  const odd = [...text].find((character) => character.codePointAt(0)! > 0xff);
  if (odd !== undefined) throw new Error(`Cannot spell ${JSON.stringify(odd)} as one byte: write its bytes as \\xNN`);
  return typeof piece === 'string' ? piece : piece.repeat.repeat(piece.times);
}
