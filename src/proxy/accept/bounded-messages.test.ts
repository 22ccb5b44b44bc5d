import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedMessages } from './bounded-messages.ts';
import { keepingLogger } from './fixtures.test.ts';

test('say() writes a reason once a second, with how many it stands for', () => {
  const clock = { ms: 5, now: () => clock.ms, date: () => 0 };
  const log = keepingLogger();
  const messages = new BoundedMessages(log, clock);
  for (let i = 0; i < 1000; i++) messages.say('warn', 'full', 'it is full', { listener: 'web' });
  clock.ms += 999;
  messages.say('warn', 'full', 'it is full');
  assert.deepEqual(log.lines, [
    { level: 'warn', message: 'it is full', fields: { listener: 'web', reason: 'full', count: 1 } },
  ]);
  clock.ms += 1;
  messages.say('warn', 'full', 'it is full');
  assert.equal(log.lines.length, 2);
  assert.equal(log.lines[1]?.fields?.['count'], 1001);
});

test('one reason does not hold back another', () => {
  const clock = { now: () => 0, date: () => 0 };
  const log = keepingLogger();
  const messages = new BoundedMessages(log, clock);
  messages.say('warn', 'one', '1');
  messages.say('error', 'two', '2');
  assert.deepEqual(
    log.lines.map(({ level, message }) => [level, message]),
    [
      ['warn', '1'],
      ['error', '2'],
    ],
  );
});
