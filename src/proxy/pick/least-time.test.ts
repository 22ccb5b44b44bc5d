import assert from 'node:assert/strict';
import { test } from 'node:test';

import { countsOf, dry, pickerOf, real, serversOf, TestPickerEnv, whyOf, type TestServer } from './fixtures.test.ts';
import type { Picker } from '../picker.ts';

const leastTime = { kind: 'least-time' } as const;

function known(env: TestPickerEnv, ...times: number[]): TestServer[] {
  const servers = serversOf(...times.map(() => 1));
  for (const [i, server] of servers.entries()) server.latency.observe(times[i]!, env.ms);
  return servers;
}

function pickerAt(env: TestPickerEnv): Picker<TestServer> {
  return pickerOf(leastTime, [], env);
}

void test('the quicker server is taken until it has so much more to do', () => {
  const env = new TestPickerEnv();
  const usable = known(env, 10, 45);
  const picker = pickerAt(env);
  for (let i = 0; i < 6; i++) picker.pick(real, usable, undefined).active++;
  assert.deepEqual(
    usable.map(({ active }) => active),
    [5, 1],
  );
});

void test('a server of twice the weight may have twice as much to do', () => {
  const env = new TestPickerEnv();
  const usable = known(env, 10, 10);
  usable[1]!.weight = 2;
  const picker = pickerAt(env);
  for (let i = 0; i < 9; i++) picker.pick(real, usable, undefined).active++;
  assert.deepEqual(
    usable.map(({ active }) => active),
    [3, 6],
  );
});

void test('one of which nothing is known is asked when it is idle, and no crowd runs to it', () => {
  const env = new TestPickerEnv();
  const usable = [...known(env, 20, 20), serversOf(1)[0]!];
  const stranger = usable[2]!;
  const picker = pickerAt(env);
  assert.equal(picker.pick(real, usable, undefined), stranger);
  stranger.active = 1;
  for (let i = 0; i < 10; i++) picker.pick(real, usable, undefined).active++;
  assert.ok(stranger.active >= 3 && stranger.active <= 5, String(stranger.active));
});

void test('where nothing is known of any, all are used alike', () => {
  const usable = serversOf(1, 1, 2);
  const picker = pickerAt(new TestPickerEnv());
  for (let i = 0; i < 80; i++) picker.pick(real, usable, undefined).active++;
  assert.deepEqual(
    usable.map(({ active }) => active),
    [20, 20, 40],
  );
});

void test('a server that was slow is tried again after a while', () => {
  const env = new TestPickerEnv();
  const usable = known(env, 10, 1000);
  const picker = pickerAt(env);
  assert.deepEqual(countsOf(picker, usable, 100), [100, 0]);
  let waited = 0;
  for (; picker.pick(real, usable, undefined) !== usable[1]; waited++) {
    env.ms += 1000;
    usable[0]!.latency.observe(10, env.ms);
    assert.ok(waited < 300, 'within five minutes');
  }
  assert.ok(waited > 30, 'not at once');
});

void test('one that fails at once does not count as quick', () => {
  const env = new TestPickerEnv();
  const usable = known(env, 10, 1000);
  const failing = serversOf(1)[0]!;
  failing.latency.observe(1000, env.ms);
  assert.deepEqual(countsOf(pickerAt(env), [failing, ...usable], 50), [0, 50, 0]);
});

void test('servers that are alike are used by turns, and what was tried is avoided', () => {
  const env = new TestPickerEnv();
  const usable = known(env, 10, 10, 10);
  const picker = pickerAt(env);
  assert.deepEqual(countsOf(picker, usable, 30), [10, 10, 10]);
  assert.equal(picker.pick(real, usable, new Set(usable.slice(0, 2))), usable[2]);
  assert.ok(usable.includes(picker.pick(real, usable, new Set(usable))));
  const strangers = serversOf(1, 1);
  assert.equal(picker.pick(real, strangers, new Set([strangers[0]!])), strangers[1]);
});

void test('a dry exchange sees the next pick and does not use it up', () => {
  const env = new TestPickerEnv();
  const usable = known(env, 10, 10, 10);
  const picker = pickerAt(env);
  const next = picker.pick(dry, usable, undefined);
  assert.equal(picker.pick(dry, usable, undefined), next);
  assert.equal(picker.pick(real, usable, undefined), next);
});

void test('the trace is told of the time', () => {
  const env = new TestPickerEnv();
  const why = 'pool app, least-time: likely the first to answer';
  assert.equal(whyOf(pickerAt(env), known(env, 12)), `a: ${why} (12.0 ms to its first byte, 0 exchanges, weight 1)`);
  assert.equal(whyOf(pickerAt(env), serversOf(1)), `a: ${why} (its time is not known, 0 exchanges, weight 1)`);
});
