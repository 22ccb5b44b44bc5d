import { KeyedHash, type HashKey } from './keyed-hash.ts';

/** Places that are looked at for a key. All of them, always: a key may stand in any. */
const bucket = 16;

/** Places a key that a table is to hold: so few are full that a bucket without room is not met. */
const spare = 4;

/** Words of a place: the two of the key's hash, and the count. */
const placeWords = 3;

/** States of a table. */
const [fresh, counts, ended] = [0, 1, 2];

/** What the tables are made of: to be given to every thread. */
export interface KeyCountsMemory {
  readonly tables: SharedArrayBuffer;
  /** A word for each thread: whether its table counts, and has been used. */
  readonly live: SharedArrayBuffer;
  readonly key: HashKey;
}

/**
 * How often each key is held by all threads together, none more often than its limit: connections of each client.
 *
 * Each thread has a table of its own, and is the only one that writes to it. To take a key it first writes its own count and
 * then adds up those of all: of several threads that take at once, the last one to write sees all others, so the limit is
 * never passed. Two that meet exactly there may both be refused.
 *
 * (1) A place keeps its key as long as its count is not 0, so no reader misses one that is held.
 * (2) A thread that has died holds nothing from the moment its table no longer counts: there is nothing to give back.
 * (3) Keys are known by 64 bits of a keyed hash. Memory is bounded by the size that was asked for.
 */
export class SharedKeyCounts {
  readonly #tables: readonly Int32Array[];
  readonly #live: Int32Array;
  readonly #own: Int32Array;
  readonly #thread: number;
  readonly #hash: KeyedHash;
  readonly #mask: number;

  /**
   * @param threads how many there may be at once.
   * @param keys how many a thread may hold at once; more than four times as many are refused, few more are let in.
   */
  static allocate(threads: number, keys: number, key: HashKey): KeyCountsMemory {
    const places = 2 ** Math.ceil(Math.log2(Math.max(keys, bucket) * spare));
    return {
      tables: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * placeWords * places * threads),
      live: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * threads),
      key,
    };
  }

  /** @param thread its place, from 0; no two that live have the same. Whoever starts it calls `begin` before it counts. */
  constructor({ tables, live, key }: KeyCountsMemory, thread: number) {
    this.#live = new Int32Array(live);
    const words = tables.byteLength / Int32Array.BYTES_PER_ELEMENT / this.#live.length;
    this.#tables = Array.from(this.#live, (_, i) => new Int32Array(tables, i * words * 4, words));
    this.#own = this.#tables[thread]!;
    this.#thread = thread;
    this.#hash = new KeyedHash(key);
    this.#mask = words / placeWords / bucket - 1;
  }

  /** From now on the thread's table counts, and holds nothing. One that nobody had is empty, and not touched. */
  begin(): void {
    if (Atomics.load(this.#live, this.#thread) !== fresh) this.#own.fill(0);
    Atomics.store(this.#live, this.#thread, counts);
  }

  /** What the thread held counts no more. To be called by another one, once this one has ended. */
  giveBackAll(): void {
    Atomics.store(this.#live, this.#thread, ended);
  }

  /** Takes the key where all threads together then hold it no more than `limit` times. Each that is taken is given back once. */
  take(key: string, limit: number): boolean {
    const start = this.#startOf(key);
    const at = this.#placeFor(start);
    if (at < 0) return false;
    const own = this.#own;
    const count = own[at + 2]!;
    if (count === 0) {
      own[at] = this.#hash.low;
      own[at + 1] = this.#hash.high;
    }
    Atomics.store(own, at + 2, count + 1);
    if (limit === Infinity || this.#sum(start) <= limit) return true;
    Atomics.store(own, at + 2, count);
    return false;
  }

  give(key: string): void {
    const at = this.#find(this.#startOf(key));
    if (at >= 0) Atomics.store(this.#own, at + 2, this.#own[at + 2]! - 1);
  }

  /** How often all threads together hold it. */
  count(key: string): number {
    return this.#sum(this.#startOf(key));
  }

  /** Leaves the key's hash in `#hash`. @returns where its bucket begins. */
  #startOf(key: string): number {
    const { low } = this.#hash.of(key);
    return (low & this.#mask) * bucket * placeWords;
  }

  /** Where the own table has the key, or a free place for it; -1: all are taken by others. */
  #placeFor(start: number): number {
    const at = this.#find(start);
    if (at >= 0) return at;
    for (let i = start; i < start + bucket * placeWords; i += placeWords) if (this.#own[i + 2] === 0) return i;
    return -1;
  }

  #find(start: number): number {
    const { low, high } = this.#hash;
    const own = this.#own;
    for (let i = start; i < start + bucket * placeWords; i += placeWords) {
      if (own[i] === low && own[i + 1] === high && own[i + 2] !== 0) return i;
    }
    return -1;
  }

  #sum(start: number): number {
    let sum = 0;
    for (let i = 0; i < this.#tables.length; i++) {
      if (Atomics.load(this.#live, i) === counts) sum += this.#countIn(this.#tables[i]!, start);
    }
    return sum;
  }

  /** The count is read before the key: who sees the one that another thread has stored sees its key as well. */
  #countIn(table: Int32Array, start: number): number {
    const { low, high } = this.#hash;
    for (let i = start; i < start + bucket * placeWords; i += placeWords) {
      const count = Atomics.load(table, i + 2);
      if (count > 0 && table[i] === low && table[i + 1] === high) return count;
    }
    return 0;
  }
}
