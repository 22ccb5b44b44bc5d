import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { silent } from '../servers/server-word.ts';
import { readAgentText } from './agent-text.ts';

void test('the words of an agent are those of HAProxy', () => {
  const said = (text: string): unknown => {
    const word = readAgentText(text);
    if (word === undefined) return undefined;
    return Object.fromEntries(Object.entries(word.said).filter(([key, value]) => value !== silent[key as 'share']));
  };
  assert.deepEqual(said('75%\n'), { share: 0.75 });
  assert.deepEqual(said('150%\r\n'), { share: 1.5 });
  assert.deepEqual(said('0%'), { share: 0 });
  assert.deepEqual(said('weight:50'), { weight: 50 });
  assert.deepEqual(said('maxconn:30'), { connections: 30 });
  assert.deepEqual(said('UP ready\t80%,maxconn:5 # all is well'), { health: 'up', share: 0.8, connections: 5 });
  assert.deepEqual(said('drain'), { operator: 'drain' });
  assert.deepEqual(said('maint'), { operator: 'maint' });
  for (const word of ['down', 'fail', 'stopped']) assert.deepEqual(said(word), { health: 'down' });
  for (const nonsense of ['', '\n', '# up', 'hello', '75', '-1%', 'weight:x', 'maxconn:5%', '1e3%']) {
    assert.equal(said(nonsense), undefined, nonsense);
  }
});

void test('an agent is understood as HAProxy 2.6 understands it', () => {
  // State, weight and limit of a server of the weight 100 that HAProxy showed after each of these lines, one after the other.
  const shown: readonly (readonly [text: string, state: string, weight: number, limit?: number])[] = [
    ['up ready 100%', 'UP', 100],
    ['75%', 'UP', 75],
    ['150%', 'UP', 150],
    ['75', 'UP', 150],
    ['maxconn:30', 'UP', 150, 30],
    ['100%', 'UP', 100, 30],
    ['drain', 'DRAIN', 100, 30],
    ['ready', 'UP', 100, 30],
    ['maint', 'MAINT', 100, 30],
    ['up', 'MAINT', 100, 30],
    ['ready', 'UP', 100, 30],
    ['down # reason', 'DOWN', 100, 30],
    ['50%', 'DOWN', 50, 30],
    ['up', 'UP', 50, 30],
    ['fail', 'DOWN', 50, 30],
    ['up', 'UP', 50, 30],
    ['failed', 'UP', 50, 30],
    ['stopped', 'DOWN', 50, 30],
    ['up hello 30%', 'UP', 30, 30],
    ['100% # ok', 'UP', 100, 30],
    ['UP,60%', 'UP', 60, 30],
    ['0%', 'UP', 0, 30],
    ['drain 40%', 'DRAIN', 40, 30],
    ['ready 100%', 'UP', 100, 30],
  ];
  let said = silent;
  for (const [text, state, weight, limit] of shown) {
    said = readAgentText(`${text}\n`, said)?.said ?? said;
    const up = said.health === 'down' ? 'DOWN' : 'UP';
    const found = said.operator === 'ready' ? up : said.operator.toUpperCase();
    assert.deepEqual([found, said.share * 100, said.connections], [state, weight, limit], text);
  }
});

void test('what an agent says nothing of stays as it was', () => {
  const drained = readAgentText('drain 50%')!.said;
  const down = readAgentText('down #disk full', drained)!;
  assert.deepEqual(down, { said: { ...silent, operator: 'drain', share: 0.5, health: 'down' }, reason: 'disk full' });
  assert.deepEqual(readAgentText('ready up 100%', down.said)?.said, { ...silent, health: 'up' });
});

void test('a reason is short and on one line', () => {
  const reason = readAgentText(`down # ${'x'.repeat(500)}\u001B\nmore`)?.reason ?? '';
  assert.ok(reason.length <= 200 && /^x+$/.test(reason));
});

void test('readAgentText() throws at nothing, and its numbers have bounds', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^((weight:|maxconn:)?\d{1,12}%?[ ,])*$/)), (text) => {
      const said = readAgentText(text)?.said ?? silent;
      assert.ok(said.share >= 0 && said.share <= 2.56 && (said.weight ?? 0) <= 256);
    }),
  );
});
