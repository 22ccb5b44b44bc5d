/** Numbers that look random and come again with the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Decisions that belong to an input: the same bytes always lead to the same ones (FNV-1a). */
  static of(bytes: Uint8Array): Random {
    let hash = 0x811c9dc5;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
    return new Random(hash);
  }

  /** 0 to `below` - 1; 0 where `below` is. */
  int(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  }

  /** True once in so many. */
  oneIn(count: number): boolean {
    return this.int(count) === 0;
  }

  /** @throws {RangeError} for an empty list. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('Cannot pick: the list is empty');
    return list[this.int(list.length)]!;
  }
}
