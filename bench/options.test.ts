import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions, scenarioNames } from './options.ts';

test('readOptions() measures nine rounds of everything but the million unless told otherwise', () => {
  const options = readOptions([]);
  assert.deepEqual(options.scenarios, [
    ...['small', 'bodies', 'idle', 'hosts', 'tls', 'handshakes', 'resumed', 'tls-idle'],
    ...['h2', 'h2-streams', 'h2-bodies', 'websockets', 'h2-websockets'],
  ]);
  assert.equal(options.rounds, 9);
  assert.deepEqual([options.proxyCore, options.loadCore], [0, 1]);
  assert.equal(options.proxies, undefined);
});

test('readOptions() adds the million to the scenarios chosen', () => {
  assert.deepEqual(readOptions(['--million']).scenarios, scenarioNames);
  assert.deepEqual(readOptions(['--only', 'idle, small', '--million']).scenarios, ['small', 'idle', 'million']);
});

test('readOptions() makes a quick run short, and lets it be made longer', () => {
  assert.equal(readOptions(['--quick']).rounds, 1);
  assert.equal(readOptions(['--quick', '--rounds', '2']).rounds, 2);
});

test('readOptions() says what is wrong and what would be right', () => {
  assert.throws(() => readOptions(['--only', 'big']), /Cannot find scenario "big": choose from small, bodies/);
  assert.throws(() => readOptions(['--rounds', '0']), /Cannot use --rounds 0: give a whole number from 1 to 1000/);
  assert.throws(() => readOptions(['--seconds', '1.5']), /Cannot use --seconds 1.5/);
  assert.throws(() => readOptions(['--cores', '1,1']), /Cannot use --cores 1,1: give two different numbers/);
  assert.throws(() => readOptions(['--fast']), /--fast/);
});
