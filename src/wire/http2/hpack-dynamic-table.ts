/** Entries made room for at first: idle connections have few. A power of 2. */
const firstCapacity = 16;

/** What a table is made of. */
export interface Sized {
  /** Name and value and 32 (RFC 7541 section 4.1). */
  readonly size: number;
}

/**
 * The dynamic table of one direction of a connection (RFC 7541 section 2.3.2). Entries are known by a number that counts
 * insertions and never changes, the first is 1; their index in a block is counted from the newest.
 */
export class HpackDynamicTable<Entry extends Sized> {
  /** Bytes that the entries may have. */
  maxSize: number;
  size = 0;
  /** Number of the newest entry; as many have been inserted. */
  newest = 0;
  /** Number of the last entry that was evicted. */
  evicted = 0;
  /** A ring: entry `n` is at `n & mask`. */
  #ring: (Entry | undefined)[] = [];
  #mask = -1;

  constructor(maxSize: number) {
    this.maxSize = maxSize;
  }

  get length(): number {
    return this.newest - this.evicted;
  }

  /** The entry of this number, which must be above `evicted` and at most `newest`. */
  at(number: number): Entry {
    return this.#ring[number & this.#mask]!;
  }

  /**
   * Makes room, then puts the entry in. One that is larger than the table empties it and is not kept (section 4.4).
   * @returns its number, or 0.
   */
  insert(entry: Entry): number {
    this.#evictTo(this.maxSize - entry.size);
    if (entry.size > this.maxSize) return 0;
    if (this.length > this.#mask) this.#grow();
    this.newest++;
    this.size += entry.size;
    this.#ring[this.newest & this.#mask] = entry;
    return this.newest;
  }

  resize(maxSize: number): void {
    this.maxSize = maxSize;
    this.#evictTo(maxSize);
  }

  #evictTo(size: number): void {
    while (this.size > size && this.evicted < this.newest) {
      const place = ++this.evicted & this.#mask;
      this.size -= this.#ring[place]!.size;
      this.#ring[place] = undefined;
    }
  }

  #grow(): void {
    const capacity = Math.max(firstCapacity, this.#ring.length * 2);
    const ring: (Entry | undefined)[] = [];
    for (let i = 0; i < capacity; i++) ring.push(undefined);
    for (let number = this.evicted + 1; number <= this.newest; number++)
      ring[number & (capacity - 1)] = this.at(number);
    this.#ring = ring;
    this.#mask = capacity - 1;
  }
}
