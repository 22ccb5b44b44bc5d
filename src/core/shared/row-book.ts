import { allocatePiece, rowsIn, SharedRow, type RowsMemory } from './shared-rows.ts';

/** So many rows that were given up are looked at for one that is free: there is always more memory. */
const mostLooks = 64;

/**
 * Which row of shared memory belongs to what, by name. A name keeps its row as long as it is claimed again and again. One that is
 * given up is used for another name when nobody holds anything of it any more; a name that comes back before finds its row.
 */
export class RowBook {
  #memory: RowsMemory;
  readonly #rows: Map<string, number> = new Map();
  /** Given up, oldest first. */
  readonly #left: Map<string, number> = new Map();
  readonly #unused: number[] = [];

  /** @param places how many threads there may be at once. */
  constructor(places: number) {
    this.#memory = { places, pieces: [] };
  }

  get memory(): RowsMemory {
    return this.#memory;
  }

  /** @returns the number of the name's row. A row that is new has only zeros. */
  claim(name: string): number {
    const known = this.#rows.get(name) ?? this.#left.get(name);
    const row = known ?? this.#unused.pop() ?? this.#again() ?? this.#grow();
    this.#left.delete(name);
    this.#rows.set(name, row);
    return row;
  }

  /** True: the name has a row that is its own, also one that was given up. */
  has(name: string): boolean {
    return this.#rows.has(name) || this.#left.has(name);
  }

  /** Gives up all names but these. */
  keep(names: ReadonlySet<string>): void {
    for (const [name, row] of this.#rows) {
      if (names.has(name)) continue;
      this.#rows.delete(name);
      this.#left.set(name, row);
    }
  }

  /** As main sees it: with no thread's note. */
  row(number: number): SharedRow {
    return new SharedRow(this.memory, number, 0);
  }

  /** A thread has ended: what it held is given back. */
  ended(place: number): void {
    const memory = this.memory;
    for (let row = 0; row < rowsIn(memory); row++) new SharedRow(memory, row, place).giveBackAll();
  }

  /** A row of a name that is gone, and of which nobody holds anything. */
  #again(): number | undefined {
    let looked = 0;
    for (const [name, number] of this.#left) {
      if (++looked > mostLooks) return undefined;
      const row = this.row(number);
      if (!row.free) continue;
      row.clear();
      this.#left.delete(name);
      return number;
    }
    return undefined;
  }

  #grow(): number {
    const first = rowsIn(this.memory);
    const { places, pieces } = this.#memory;
    this.#memory = { places, pieces: [...pieces, allocatePiece(places)] };
    for (let row = rowsIn(this.memory) - 1; row > first; row--) this.#unused.push(row);
    return first;
  }
}
