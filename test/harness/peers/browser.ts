import { chromium, type Browser } from 'playwright-core';

import type { World } from '../proxy-test.ts';
import { findProgram } from './programs.ts';

/** Chromium of Debian, without a screen; every name below `.test` is this machine. It ends with the test. */
export async function startBrowser(world: World): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: findProgram('chromium')!,
    args: ['--no-sandbox', '--no-proxy-server', '--disable-gpu', '--host-resolver-rules=MAP *.test 127.0.0.1'],
  });
  world.after(() => browser.close());
  return browser;
}
