/** The calls that `toString('latin1')` and `write(.., 'latin1')` end in, which Node's types leave out; a third cheaper a call. */
interface Latin1 {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number): number;
}

/** Bytes as a string of as many characters. */
export function latin1Slice(buffer: Buffer, start: number, end: number): string {
  return (buffer as unknown as Latin1).latin1Slice(start, end);
}

/** Writes a string of bytes. @returns how many. */
export function latin1Write(buffer: Buffer, text: string, offset: number): number {
  return (buffer as unknown as Latin1).latin1Write(text, offset);
}
