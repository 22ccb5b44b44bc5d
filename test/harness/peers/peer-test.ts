import { test } from 'node:test';

import { proxyTest, type World } from '../proxy-test.ts';
import { findProgram } from './programs.ts';

/** A test that needs programs: skipped by their names where they are not installed, but with CI=true it fails then. */
export function peerTest(name: string, programs: readonly string[], run: (world: World) => Promise<void>): void {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) return proxyTest(name, run);
  const reason = `not installed: ${missing.join(', ')}`;
  if (process.env['CI'] !== 'true') void test(name, { skip: reason }, () => {});
  else {
    void test(name, () => {
      throw new Error(reason);
    });
  }
}
