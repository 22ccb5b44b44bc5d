import { randomBytes } from 'node:crypto';

/**
 * Random numbers whose next ones can be looked at before they are used. Quick, and spread well (xorshift128); not for secrets.
 */
export class RandomSource {
  readonly #state: Int32Array = new Int32Array(4);
  readonly #kept: Int32Array = new Int32Array(4);

  /** @param seed 16 bytes, not all 0; default: other ones in every process and thread. */
  constructor(seed: Uint8Array = randomBytes(16)) {
    new Uint8Array(this.#state.buffer).set(seed.subarray(0, 16));
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }

  /** From 0 to below `end`, at most 2^32. */
  below(end: number): number {
    return this.#next() * (end / 0x1_0000_0000);
  }

  /** What follows can be taken back. */
  keep(): void {
    this.#kept.set(this.#state);
  }

  /** Goes back to where it was kept. */
  restore(): void {
    this.#state.set(this.#kept);
  }

  /** 32 bits. */
  #next(): number {
    const state = this.#state;
    let mixed = state[3]!;
    const first = state[0]!;
    state[3] = state[2]!;
    state[2] = state[1]!;
    state[1] = first;
    mixed ^= mixed << 11;
    mixed ^= mixed >>> 8;
    state[0] = mixed ^ first ^ (first >>> 19);
    return state[0] >>> 0;
  }
}
