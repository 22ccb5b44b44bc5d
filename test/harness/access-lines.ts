import assert from 'node:assert/strict';
import { readFileSync, truncateSync } from 'node:fs';

import { until } from './until.ts';

/** One line of the JSON access log; only what the tests look at. */
export interface LogLine {
  readonly id: string;
  readonly client: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query?: string;
  readonly status: number;
  readonly reason?: string;
  readonly route?: string;
  readonly pool?: string;
  readonly server?: string;
  readonly user?: string;
  readonly retries: number;
  readonly queueMs?: number;
  readonly grpcStatus?: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** A path, and what else its line must say; undefined: nothing. */
export type LineSpec = { readonly path: string } & {
  readonly [field in Exclude<keyof LogLine, 'path'>]?: LogLine[field] | RegExp | undefined;
};

/** Fails unless the first line of the path says all of that. */
export function checkLine(lines: readonly LogLine[], spec: LineSpec): void {
  const line = lines.find(({ path }) => path === spec.path);
  assert.ok(line, `no log line with path ${spec.path}`);
  for (const [field, wanted] of Object.entries(spec)) {
    const value: string | number | undefined = line[field as keyof LogLine];
    const where = `${field} of the log line of ${spec.path}`;
    if (wanted instanceof RegExp) assert.match(String(value), wanted, where);
    else assert.equal(value, wanted, where);
  }
}

/** The access log of a proxy under test. */
export class AccessLines {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Whole lines that are there now. */
  read(): LogLine[] {
    const lines = readFileSync(this.#file, 'utf8').split('\n');
    return lines.slice(0, -1).map((line) => JSON.parse(line) as LogLine);
  }

  /** Forgets what is there now, so that a long run does not fill the disk. */
  clear(): void {
    truncateSync(this.#file);
  }

  /** Waits for the first line that this holds for. */
  async line(what: string, holds: (line: LogLine) => boolean): Promise<LogLine> {
    let found: LogLine | undefined;
    await until(`a log line with ${what}`, () => (found = this.read().find(holds)) !== undefined);
    return found!;
  }

  /** Waits for the line of this path. */
  ofPath(path: string): Promise<LogLine> {
    return this.line(`path ${path}`, (line) => line.path === path);
  }

  /** Waits for the first line with this reason. */
  ofReason(reason: string): Promise<LogLine> {
    return this.line(`reason ${reason}`, (line) => line.reason === reason);
  }

  /** Waits for so many lines. */
  async count(count: number): Promise<LogLine[]> {
    await until(`${count} log lines`, () => this.read().length >= count);
    return this.read();
  }
}
