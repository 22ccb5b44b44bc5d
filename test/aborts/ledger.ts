import assert from 'node:assert/strict';

import type { LogLine } from '../harness/access-lines.ts';

/** What the log must say of exchanges that came to the same end. */
interface Entry {
  readonly what: string;
  /** Of each exchange: its lines in order, each with what it may say. */
  readonly lines: readonly (readonly string[])[];
  readonly found: Map<string, string[]>;
  readonly count: number;
}

/** Keeps account of what the access log must say, and compares it with what it does say: not a line more, not one less. */
export class Ledger {
  readonly #entries: Map<string, Entry> = new Map();
  #total = 0;
  #unreadable = 0;

  /** Lines that there will be. */
  get total(): number {
    return this.#total;
  }

  /**
   * So many exchanges, whose paths end in `<batch>-<number>`, and perhaps `/2` for a second request of the connection.
   *
   * @param lines as `Ends` has them.
   * @returns how many lines that makes.
   */
  expect(batch: string, what: string, lines: string, count: number): number {
    const each = lines === '' ? [] : lines.split(', ').map((line) => line.split('|'));
    // A head that never was whole has no path.
    const readable = each.filter(([reason]) => reason !== 'head-timeout');
    this.#entries.set(batch, { what, lines: readable, found: new Map(), count });
    this.#unreadable += (each.length - readable.length) * count;
    this.#total += each.length * count;
    return each.length * count;
  }

  check(lines: readonly LogLine[]): void {
    const unreadable = lines.filter(({ path }) => path === '');
    assert.deepEqual([...new Set(unreadable.map(said))], this.#unreadable > 0 ? ['head-timeout'] : []);
    assert.equal(unreadable.length, this.#unreadable, 'lines without a path');
    for (const line of lines) if (line.path !== '') this.#enter(line);
    for (const entry of this.#entries.values()) checkEntry(entry);
    assert.equal(lines.length, this.#total, 'lines');
  }

  #enter(line: LogLine): void {
    const [, path, batch] = /((b\d+)-\d+)/.exec(line.path) ?? [];
    const found = this.#entries.get(batch ?? '')?.found;
    assert.ok(found, `a line of ${line.path}, which nobody asked for`);
    found.set(path!, [...(found.get(path!) ?? []), said(line)]);
  }
}

function checkEntry({ what, lines, found, count }: Entry): void {
  const ends = [...found.values()];
  assert.equal(ends.length, lines.length === 0 ? 0 : count, `exchanges in the log: ${what}`);
  for (const end of ends) {
    const right = end.length === lines.length && end.every((each, i) => lines[i]!.includes(each));
    assert.ok(right, `${what}: the log says ${end.join()}, not ${lines.map((each) => each.join('|')).join()}`);
  }
}

function said({ reason }: LogLine): string {
  return reason ?? 'ok';
}
