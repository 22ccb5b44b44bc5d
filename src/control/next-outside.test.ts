import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ConfigProblem } from './config/config-problem.ts';
import type { LoadedConfig, LoadResult } from './config/load-result.ts';
import { nextOutside } from './next-outside.ts';
import { usableConfig, wouldClose } from './usable-config.ts';

function problem(message: string, severity: 'error' | 'warning' = 'error'): ConfigProblem {
  return { file: 'x.yaml', line: 1, column: 1, path: 'routes[0]', message, remedy: 'mend it', severity };
}

/** A config with two routes. @param reasons of those that are disabled. */
function config(...reasons: (string | undefined)[]): LoadedConfig {
  const routes = ['a', 'b'].map((name, i) => ({ name, disabled: reasons[i] && { reason: reasons[i] } }));
  const found = reasons.filter((reason) => reason !== undefined);
  return {
    ok: true,
    plan: { listeners: [{ name: 'web' }], routes, pools: [] },
    warnings: found.map((reason) => problem(reason)),
    ...(found.length > 0 && { lacking: ['/x'] }),
  } as unknown as LoadedConfig;
}

/** What comes of a config in force when its files are looked at once more, and what is said meanwhile. */
async function after(
  before: LoadedConfig,
  found: LoadResult,
): Promise<{ readonly words: string | undefined; readonly told: readonly string[] }> {
  const told: string[] = [];
  const tell = (message: string): void => void told.push(message);
  const log = { debug: tell, info: tell, warn: tell, error: tell };
  const next = await nextOutside(before, { now: 0, log, renew: async () => found });
  return { words: next?.words, told };
}

test('what is there now works again, and what is still missing is not told again', async () => {
  const { words, told } = await after(config('no a', 'no b'), config(undefined, 'no b'));
  assert.equal(words, 'Works again: the route a');
  assert.deepEqual(told, []);
});

test('nothing is put in force where the same is missing as before', async () => {
  assert.deepEqual(await after(config('no a'), config('no a')), { words: undefined, told: [] });
});

test('what is wrong in another way, or newly, is told', async () => {
  const { words, told } = await after(config('no a'), config('bad a', 'no b'));
  assert.equal(words, 'Files of the config have changed and are in force');
  assert.deepEqual(told, ['x.yaml:1:1: bad a, mend it', 'x.yaml:1:1: no b, mend it']);
});

test('a config that cannot be loaded any more changes nothing, and is told of', async () => {
  const problems = [problem('no secret')];
  const { words, told } = await after(config('no a'), { ok: false, problems });
  assert.equal(words, undefined);
  assert.deepEqual(told, ['x.yaml:1:1: no secret, mend it']);
});

test('usableConfig() refuses a config without a listener that could be opened', () => {
  const closed = { ...config(), plan: { ...config().plan, listeners: [] }, closed: [{ name: 'safe' }] };
  const result = usableConfig(closed as unknown as LoadedConfig);
  assert.equal(result.ok, false);
  const fine = config('no a');
  assert.equal(usableConfig(fine), fine);
});

test('wouldClose() is true where the process before has the address of a listener that stays closed', () => {
  const address = { kind: 'tcp', host: undefined, port: 443 } as const;
  const next = { ...config(), closed: [{ name: 'safe', address }] } as unknown as LoadedConfig;
  const socket = (port: number) => ({ address: { ...address, port }, port, fd: undefined });
  assert.equal(wouldClose(next, [socket(80), socket(443)]), true);
  assert.equal(wouldClose(next, [socket(80)]), false);
  assert.equal(wouldClose(config(), [socket(443)]), false);
});
