import { after, before, test, type TestContext } from 'node:test';

import type { World } from '../proxy-test.ts';
import { peerTest } from './peer-test.ts';
import { findProgram } from './programs.ts';

/** The means of tests that need programs: where one is not installed they are skipped by its name, but with CI=true they fail. */
export interface Needing {
  /** All of them are installed. */
  readonly present: boolean;
  /** Only where they are. */
  before(prepare: () => unknown): void;
  after(clean: () => unknown): void;
  test(name: string, run: (t: TestContext) => unknown): void;
  proxyTest(name: string, run: (world: World) => Promise<void>): void;
}

export function needing(...programs: readonly string[]): Needing {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  const present = missing.length === 0;
  const reason = `not installed: ${missing.join(', ')}`;
  return {
    present,
    before: (prepare) => void (present && before(async () => void (await prepare()))),
    after: (clean) => void (present && after(async () => void (await clean()))),
    test(name, run) {
      if (present) void test(name, async (t) => void (await run(t)));
      else if (process.env['CI'] !== 'true') void test(name, { skip: reason }, () => {});
      else void test(name, () => Promise.reject(new Error(reason)));
    },
    proxyTest: (name, run) => peerTest(name, programs, run),
  };
}
