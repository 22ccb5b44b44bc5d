/** The counters of one name: `values[at]` is the first of its fields. Kept by who counts, and moved under it. */
export interface CounterRow {
  values: Float64Array;
  at: number;
}

/** Bytes of a sheet with so many rows. Float64 counts bytes exactly up to 2^53: 9 petabytes. */
export function sheetBytes(rows: number, fields: number): number {
  return Float64Array.BYTES_PER_ELEMENT * rows * fields;
}

/**
 * What one thread counts, in memory that others read: a row for each name, with the same fields in each. Only this thread
 * writes, so that counting is a plain addition; who reads adds up the sheets of all threads.
 *
 * The memory has room for the names of one config. With the next config comes other memory: the rows that stay are
 * copied there and go on, also for exchanges that began before.
 */
export class CounterSheet {
  readonly #fields: number;
  #rows: ReadonlyMap<string, CounterRow> = new Map();

  /** @param fields of each row. */
  constructor(fields: number) {
    this.#fields = fields;
  }

  /**
   * Goes on in other memory, whose rows are those names in their order.
   *
   * @throws Error where the memory has no room for them.
   */
  move(memory: SharedArrayBuffer, names: readonly string[]): void {
    const room = memory.byteLength / sheetBytes(1, this.#fields);
    if (room < names.length) throw new Error(`Cannot count ${names.length} names: the memory has room for ${room}`);
    const values = new Float64Array(memory);
    const rows = new Map<string, CounterRow>();
    for (const [i, name] of names.entries()) rows.set(name, this.#moved(name, values, i * this.#fields));
    for (const [name, row] of this.#rows) if (!rows.has(name)) this.#drop(row);
    this.#rows = rows;
  }

  /** @throws Error where the name is none of those of the last `move`. */
  row(name: string): CounterRow {
    const row = this.#rows.get(name);
    if (row === undefined) throw new Error(`Cannot count ${name}: there is no row for it`);
    return row;
  }

  #moved(name: string, values: Float64Array, at: number): CounterRow {
    const row = this.#rows.get(name);
    if (row === undefined) return { values, at };
    values.set(row.values.subarray(row.at, row.at + this.#fields), at);
    row.values = values;
    row.at = at;
    return row;
  }

  /** Exchanges that began before may still count, for nobody. */
  #drop(row: CounterRow): void {
    row.values = new Float64Array(this.#fields);
    row.at = 0;
  }
}
