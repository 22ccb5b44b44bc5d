import assert from 'node:assert/strict';
import { readdir, readlink, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { ProxyError } from '../../../core/errors.ts';
import { exchangeOf, HandSource, headersOf, KeepSink, TestEnv, turns } from '../../fixtures.test.ts';
import type { Verdict } from '../feature.ts';
import { answerOf, workOf, type TestWork } from '../work-fixtures.test.ts';
import { buffer, type BufferConfig } from './buffer.ts';

/** What the tests of the buffer share. */

export const gone: ProxyError = new ProxyError('client-abort', 'Cannot');

/** A folder of the test, an env that keeps what is logged, and a config with 10 kB in memory and 1 MB on disk. */
export class World {
  readonly folder: string;
  readonly env: TestEnv = new TestEnv();

  constructor(folder: string) {
    this.folder = folder;
  }

  config(parts: Partial<BufferConfig> = {}): BufferConfig {
    const side = { memory: 10_000, disk: 1_000_000 };
    return { request: side, response: side, total: 10_000_000, path: this.folder, ...parts };
  }

  /** Temporary files of this test that the process has open: they have no name any more. */
  async open(): Promise<number> {
    const names = await readdir('/proc/self/fd');
    const links = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
    return links.filter((link) => link.startsWith(this.folder)).length;
  }

  async nothingLeft(): Promise<void> {
    await turns();
    let open = await this.open();
    for (let i = 0; i < 2000 && open > 0; i++) {
      await turns(1);
      open = await this.open();
    }
    assert.equal(open, 0, 'open files');
    assert.equal(this.env.disk.used, 0, 'bytes on disk');
    assert.deepEqual(await readdir(this.folder), [], 'files with a name');
  }
}

export function buffered(name: string, run: (world: World) => Promise<void>): void {
  void test(name, async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'postern-buffer-'));
    try {
      const world = new World(folder);
      await run(world);
      await world.nothingLeft();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

/** Gives bytes in pieces of 7 kB for as long as they are taken; what waits is given on `resume`. */
export class PouringSource extends HandSource {
  readonly #bytes: Buffer;
  #at = 0;
  #stopped = false;
  #pouring = false;
  readonly #end: () => void;

  constructor(bytes: Buffer, length?: number, end: () => void = () => this.sink!.end()) {
    super(length);
    this.#bytes = bytes;
    this.#end = end;
    this.during = (event) => {
      if (event.startsWith('cancel')) this.#stopped = true;
      else this.#pour();
    };
  }

  get given(): number {
    return this.#at;
  }

  #pour(): void {
    if (this.#pouring) return;
    this.#pouring = true;
    let more = true;
    while (more && !this.#stopped && this.#at < this.#bytes.length) {
      const lent = Buffer.from(this.#bytes.subarray(this.#at, this.#at + 7000));
      this.#at += lent.length;
      more = this.sink!.write(lent);
      lent.fill(0);
    }
    this.#pouring = false;
    if (!more || this.#stopped) return;
    this.#stopped = true;
    this.#end();
  }
}

/** Takes bytes for as long as `quota` allows. */
export class SlowSink extends KeepSink {
  constructor() {
    super();
    this.ready = false;
  }
}

export function ask(
  world: World,
  source: HandSource,
  parts: Partial<BufferConfig> & { expect?: boolean } = {},
): { work: TestWork; verdict: Verdict | Promise<Verdict> } {
  const { expect = false, ...rest } = parts;
  const work = workOf({ exchange: exchangeOf({ body: source, expectContinue: expect }) });
  return { work, verdict: buffer.create(world.config(rest), world.env).request!(work) };
}

export function codeOf(verdict: Verdict): string | undefined {
  return verdict instanceof ProxyError ? verdict.code : undefined;
}

export function answer(
  world: World,
  source: HandSource,
  parts: Partial<BufferConfig> = {},
  type = 'text/html',
): NonNullable<Parameters<NonNullable<ReturnType<typeof buffer.create>['response']>>[0]> {
  const made = answerOf(200, { body: source, headers: headersOf(['Content-Type', type]) });
  void buffer.create(world.config(parts), world.env).response!(made, workOf());
  return made;
}
