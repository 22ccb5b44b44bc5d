import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readSettings } from './settings.ts';

test('readSettings() asks for all faults of all proxies, three times', () => {
  const { only, proxies, runs, seconds, pauseMs } = readSettings([]);
  assert.deepEqual(only, ['none', 'kill', 'stop', '500', 'restart', 'reset', 'slow']);
  assert.deepEqual(proxies, ['postern', 'haproxy', 'nginx']);
  assert.deepEqual([runs, seconds, pauseMs], [3, 8, 10]);
});

test('readSettings() keeps the order of the faults, whatever the command line has', () => {
  assert.deepEqual(readSettings(['--only', 'slow, kill']).only, ['kill', 'slow']);
});

test('readSettings() refuses in words what cannot be measured', () => {
  assert.throws(() => readSettings(['--only', 'flood']), /Cannot find fault "flood": choose from none, kill, stop/);
  assert.throws(() => readSettings(['--proxies', 'caddy']), /Cannot find proxy "caddy"/);
  assert.throws(() => readSettings(['--runs', '0']), /Cannot use --runs 0: give a whole number from 1 to 100/);
  assert.throws(() => readSettings(['--seconds', '2.5']), /Cannot use --seconds 2.5/);
  assert.throws(() => readSettings(['--cores', '1']), /Cannot use --cores 1: give two numbers or ranges/);
});
