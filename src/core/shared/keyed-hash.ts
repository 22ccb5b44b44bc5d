/** Two words, secret: without them nobody can find texts that fall together. */
export type HashKey = readonly [number, number];

/** 64 bits of a short text, by a key: for tables that hostile people fill. Not for secrets: it is quick, not strong. */
export class KeyedHash {
  low = 0;
  high = 0;
  readonly #key: HashKey;

  constructor(key: HashKey) {
    this.#key = key;
  }

  /** Sets `low` and `high`. */
  of(text: string): this {
    let low = this.#key[0];
    let high = this.#key[1];
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      low = Math.imul(rotate(low ^ code, 13), 0x9e3779b1);
      high = Math.imul(rotate(high ^ code ^ low, 17), 0x85ebca77);
    }
    this.low = mix(low ^ text.length);
    this.high = mix(high ^ this.low);
    return this;
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** Every bit of the input counts for every bit of the result (the finaliser of MurmurHash3). */
export function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
