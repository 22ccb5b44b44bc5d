import { atOnce, withEach, type Piecework } from '../piecework.ts';

/** The counters of one name: `values[at]` is the first of its fields. Kept by who counts, and moved under it. */
export interface CounterRow {
  values: Float64Array;
  at: number;
}

/** Bytes of a sheet with so many rows. Float64 counts bytes exactly up to 2^53: 9 petabytes. */
export function sheetBytes(rows: number, fields: number): number {
  return Float64Array.BYTES_PER_ELEMENT * rows * fields;
}

/** A move that only has to be done. */
export interface Moving {
  /** Those of the names, as they will be. */
  readonly rows: ReadonlyMap<string, CounterRow>;
  readonly move: () => void;
}

/** Rows that follow each other before and after: copied at once. */
interface Run {
  readonly from: number;
  readonly to: number;
  length: number;
}

/** Rows that go on in other memory, and where. */
interface Move {
  readonly values: Float64Array;
  readonly kept: readonly CounterRow[];
  readonly places: readonly number[];
  /** All of them. */
  readonly runs: readonly Run[];
  /** Rows that nobody reads any more. */
  readonly gone: readonly CounterRow[];
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
  /** The memory that all rows are in. */
  #values: Float64Array = new Float64Array();

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
    atOnce(this.moving(memory, names)).move();
  }

  /** The same in pieces, up to the move itself: all count where they do until that is done. */
  *moving(memory: SharedArrayBuffer, names: readonly string[]): Piecework<Moving> {
    const room = memory.byteLength / sheetBytes(1, this.#fields);
    if (room < names.length) throw new Error(`Cannot count ${names.length} names: the memory has room for ${room}`);
    const values = new Float64Array(memory);
    const rows = new Map<string, CounterRow>();
    const kept: CounterRow[] = [];
    const places: number[] = [];
    const runs: Run[] = [];
    let next = 0;
    yield* withEach(names, (name) => {
      const at = next;
      next += this.#fields;
      const known = this.#rows.get(name);
      if (known !== undefined) {
        places[kept.push(known) - 1] = at;
        addRow(runs, { from: known.at, to: at, length: this.#fields });
      }
      rows.set(name, known ?? { values, at });
    });
    const gone: CounterRow[] = [];
    yield* withEach(this.#rows, ([name, row]) => {
      if (!rows.has(name)) gone.push(row);
    });
    return { rows, move: () => this.#moveTo(rows, { values, kept, places, runs, gone }) };
  }

  /** @throws Error where the name is none of those of the last `move`. */
  row(name: string): CounterRow {
    const row = this.#rows.get(name);
    if (row === undefined) throw new Error(`Cannot count ${name}: there is no row for it`);
    return row;
  }

  #moveTo(rows: ReadonlyMap<string, CounterRow>, { values, kept, places, runs, gone }: Move): void {
    for (const { from, to, length } of runs) values.set(this.#values.subarray(from, from + length), to);
    for (const [i, row] of kept.entries()) {
      row.values = values;
      row.at = places[i]!;
    }
    // Exchanges that began before may still count, for nobody.
    const nobody = new Float64Array(this.#fields);
    for (const row of gone) {
      row.values = nobody;
      row.at = 0;
    }
    this.#rows = rows;
    this.#values = values;
  }
}

/** Adds a row to the run before it, where it follows that in both memories. */
function addRow(runs: Run[], row: Run): void {
  const last = runs.at(-1);
  const follows = last !== undefined && last.from + last.length === row.from && last.to + last.length === row.to;
  if (follows) last.length += row.length;
  else runs.push(row);
}
