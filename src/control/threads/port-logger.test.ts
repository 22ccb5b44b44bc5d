import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ThreadMessage } from './messages.ts';
import { PortLogger } from './port-logger.ts';

function harness(): { clock: { ms: number }; sent: ThreadMessage[]; log: PortLogger } {
  const clock = { ms: 0 };
  const sent: ThreadMessage[] = [];
  const log = new PortLogger((message) => void sent.push(structuredClone(message)), {
    now: () => clock.ms,
    date: () => clock.ms,
  });
  return { clock, sent, log };
}

test('a message goes out with its level and fields', () => {
  const { sent, log } = harness();
  log.warn('slow', { ms: 3 });
  log.info('fine');
  assert.deepEqual(sent, [
    { kind: 'log', level: 'warn', message: 'slow', fields: { ms: 3 } },
    { kind: 'log', level: 'info', message: 'fine' },
  ]);
});

test('a flood is cut off, counted and told once it is over', () => {
  const { clock, sent, log } = harness();
  for (let i = 0; i < 1000; i++) log.error('again');
  assert.equal(sent.length, 200);
  clock.ms = 1500;
  log.sweep();
  assert.deepEqual(sent.slice(200), [
    {
      kind: 'log',
      level: 'warn',
      message: 'Messages were dropped: the data thread had too many of them',
      fields: { dropped: 800 },
    },
  ]);
});

test('a message that cannot be cloned never throws', () => {
  const { sent, log } = harness();
  log.info('odd', { field: (() => 1) as unknown as string });
  assert.deepEqual(sent, []);
});
