import { readFileSync } from 'node:fs';

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
  readonly retries: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
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
