/** Bytes in which every position can be told from its neighbours. */
export function pattern(length: number, seed = 1): Buffer {
  let state = seed;
  const next = (_: unknown, i: number): number => (state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + i) >>> 0);
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, next);
  return Buffer.from(words.buffer, 0, length);
}
