import { sheetBytes } from './counter-sheet.ts';

interface Sheet {
  readonly values: Float64Array;
  /** Where each name's row begins. */
  readonly at: ReadonlyMap<string, number>;
}

/**
 * Reads what all threads count, as one number each. A thread that has ended leaves what it counted: nothing ever goes back, as
 * long as the name stays.
 */
export class CounterBook {
  readonly #fields: number;
  /** By thread and part. */
  readonly #sheets: Map<number, Map<string, Sheet>> = new Map();
  /** Where the rows of names are: all threads have the same ones. */
  readonly #places: WeakMap<readonly string[], ReadonlyMap<string, number>> = new WeakMap();
  /** Of threads that have ended, by name. */
  readonly #past: Map<string, Float64Array> = new Map();

  /** @param fields of each row, as in the sheets. */
  constructor(fields: number) {
    this.#fields = fields;
  }

  /** Memory for a sheet with so many rows. */
  allocate(rows: number): SharedArrayBuffer {
    return new SharedArrayBuffer(sheetBytes(rows, this.#fields));
  }

  /**
   * The thread has moved to this memory: what it counted before stands there too, for the names that stay.
   *
   * @param part of what it counts, where that is in several sheets; no name is in two of them.
   */
  follow(thread: number, memory: SharedArrayBuffer, names: readonly string[], part = ''): void {
    const parts = this.#sheets.get(thread) ?? new Map<string, Sheet>();
    this.#sheets.set(thread, parts.set(part, { values: new Float64Array(memory), at: this.#placesOf(names) }));
  }

  /** The thread has ended. */
  ended(thread: number): void {
    const parts = this.#sheets.get(thread);
    this.#sheets.delete(thread);
    for (const sheet of parts?.values() ?? []) this.#addToPast(sheet);
  }

  /** Forgets all names but these. */
  keep(...names: readonly (readonly string[])[]): void {
    if (this.#past.size === 0) return;
    const kept = new Set(names.flat());
    for (const name of this.#past.keys()) if (!kept.has(name)) this.#past.delete(name);
  }

  /** The sums of the fields of a name, over all threads. */
  read(name: string): Float64Array {
    const sums = Float64Array.from(this.#past.get(name) ?? new Float64Array(this.#fields));
    for (const parts of this.#sheets.values()) for (const sheet of parts.values()) this.#add(sheet, name, sums);
    return sums;
  }

  #placesOf(names: readonly string[]): ReadonlyMap<string, number> {
    const known = this.#places.get(names);
    if (known !== undefined) return known;
    const places = new Map(names.map((name, i) => [name, i * this.#fields]));
    this.#places.set(names, places);
    return places;
  }

  #addToPast(sheet: Sheet): void {
    for (const name of sheet.at.keys()) {
      const past = this.#past.get(name) ?? new Float64Array(this.#fields);
      this.#past.set(name, past);
      this.#add(sheet, name, past);
    }
  }

  #add({ values, at }: Sheet, name: string, sums: Float64Array): void {
    const from = at.get(name);
    if (from === undefined) return;
    for (let i = 0; i < this.#fields; i++) sums[i]! += values[from + i]!;
  }
}
