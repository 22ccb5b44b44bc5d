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
  readonly #sheets: Map<number, Sheet> = new Map();
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

  /** The thread has moved to this memory: what it counted before stands there too, for the names that stay. */
  follow(thread: number, memory: SharedArrayBuffer, names: readonly string[]): void {
    const at = new Map(names.map((name, i) => [name, i * this.#fields]));
    this.#sheets.set(thread, { values: new Float64Array(memory), at });
  }

  /** The thread has ended. */
  ended(thread: number): void {
    const sheet = this.#sheets.get(thread);
    this.#sheets.delete(thread);
    for (const name of sheet?.at.keys() ?? []) {
      const past = this.#past.get(name) ?? new Float64Array(this.#fields);
      this.#past.set(name, past);
      this.#add(sheet!, name, past);
    }
  }

  /** Forgets all names but these. */
  keep(names: ReadonlySet<string>): void {
    for (const name of this.#past.keys()) if (!names.has(name)) this.#past.delete(name);
  }

  /** The sums of the fields of a name, over all threads. */
  read(name: string): Float64Array {
    const sums = Float64Array.from(this.#past.get(name) ?? new Float64Array(this.#fields));
    for (const sheet of this.#sheets.values()) this.#add(sheet, name, sums);
    return sums;
  }

  #add({ values, at }: Sheet, name: string, sums: Float64Array): void {
    const from = at.get(name);
    if (from === undefined) return;
    for (let i = 0; i < this.#fields; i++) sums[i]! += values[from + i]!;
  }
}
