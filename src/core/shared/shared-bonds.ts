import { KeyedHash, mix, type HashKey } from './keyed-hash.ts';

/** Places that are looked at for a key. */
const bucket = 16;

/** Words of a place: half of the key's hash, what it is bound to, when that began, when it was last used, and the check. */
const placeWords = 5;
const [lowWord, toWord, begunWord, usedWord, checkWord] = [0, 1, 2, 3, 4];

/** Values of the check word that no bond has. */
const [free, busy] = [0, 1];

/** What the table is made of: to be given to every thread. */
export interface BondsMemory {
  readonly table: SharedArrayBuffer;
  readonly key: HashKey;
}

/** What a key is bound to. */
export interface FoundBond {
  /** The number that was put there. */
  readonly to: number;
  /** Whole seconds since 1970. */
  readonly begun: number;
  readonly used: number;
}

/**
 * Which client is bound to what, by a key (a session, an address), for all threads of a process: what one has learnt all know.
 *
 * (1) The table is of fixed size. Where a bucket is full, the bond that was used longest ago makes room.
 * (2) Any thread writes any place, without a lock: a place carries a check over its words, and one that is being written, or that two
 * wrote at once, counts as empty. So a bond may be lost, but none leads to what was never put there.
 * (3) A thread that dies while it writes leaves a place that nobody uses again.
 * (4) Keys are known by 64 bits of a keyed hash.
 */
export class SharedBonds {
  readonly #words: Int32Array;
  readonly #hash: KeyedHash;
  readonly #mask: number;

  /** @param bonds how many there is room for; a power of two, at least 16. */
  static allocate(bonds: number, key: HashKey): BondsMemory {
    return { table: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * placeWords * bonds), key };
  }

  constructor({ table, key }: BondsMemory) {
    this.#words = new Int32Array(table);
    this.#hash = new KeyedHash(key);
    this.#mask = this.#words.length / placeWords / bucket - 1;
  }

  /** @param touch the bond counts as used now; false for a mere look. */
  find(key: string, now: number, touch: boolean): FoundBond | undefined {
    const at = this.#find(this.#startOf(key));
    if (at < 0) return undefined;
    const words = this.#words;
    const found = { to: words[at + toWord]!, begun: words[at + begunWord]!, used: words[at + usedWord]! };
    // Once more: it may have been written between the check and the words.
    if (!this.#isAt(at)) return undefined;
    if (touch && found.used !== now) words[at + usedWord] = now;
    return found;
  }

  /** Binds the key from now on, whatever it was bound to. @param to a whole number. */
  put(key: string, to: number, now: number): void {
    const start = this.#startOf(key);
    const known = this.#find(start);
    const at = known >= 0 ? known : this.#oldest(start);
    const words = this.#words;
    const before = Atomics.load(words, at + checkWord);
    // Another thread has just taken the place: whoever comes second gives way.
    if (before === busy || Atomics.compareExchange(words, at + checkWord, before, busy) !== before) return;
    words[at + lowWord] = this.#hash.low;
    words[at + toWord] = to;
    words[at + begunWord] = now;
    words[at + usedWord] = now;
    Atomics.store(words, at + checkWord, this.#checkOf(to, now));
    this.#forgetOthers(start, at);
  }

  /** Unbinds the key. */
  forget(key: string): void {
    this.#forgetOthers(this.#startOf(key), -1);
  }

  /** Leaves the key's hash in `#hash`. @returns where its bucket begins. */
  #startOf(key: string): number {
    const { low } = this.#hash.of(key);
    return (low & this.#mask) * bucket * placeWords;
  }

  #find(start: number): number {
    for (let at = start; at < start + bucket * placeWords; at += placeWords) if (this.#isAt(at)) return at;
    return -1;
  }

  /** The key whose hash was made last has this place. */
  #isAt(at: number): boolean {
    const words = this.#words;
    if (words[at + lowWord] !== this.#hash.low) return false;
    const check = Atomics.load(words, at + checkWord);
    return check !== free && check === this.#checkOf(words[at + toWord]!, words[at + begunWord]!);
  }

  #checkOf(to: number, begun: number): number {
    const check = mix(this.#hash.high ^ mix(to ^ mix(begun)));
    return check === free || check === busy ? 2 : check;
  }

  /** A free place, or that of the bond which was used longest ago. */
  #oldest(start: number): number {
    const words = this.#words;
    let oldest = -1;
    for (let at = start; at < start + bucket * placeWords; at += placeWords) {
      const check = words[at + checkWord];
      if (check === free) return at;
      if (check === busy) continue;
      // By the difference: the seconds of a word turn negative in 2038.
      if (oldest < 0 || ((words[at + usedWord]! - words[oldest + usedWord]!) | 0) < 0) oldest = at;
    }
    return Math.max(oldest, start);
  }

  /** Two threads may have put the same key at once. */
  #forgetOthers(start: number, but: number): void {
    for (let at = start; at < start + bucket * placeWords; at += placeWords) {
      if (at !== but && this.#isAt(at)) Atomics.store(this.#words, at + checkWord, free);
    }
  }
}
