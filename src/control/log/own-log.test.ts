import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OwnLog, type OwnLogOptions } from './own-log.ts';

function harness(options: Partial<OwnLogOptions> = {}): { log: OwnLog; lines: string[] } {
  const lines: string[] = [];
  const sink = { write: (line: string) => void lines.push(line) };
  const date = (): number => new Date(2026, 10, 21, 9, 5, 7).getTime();
  return { log: new OwnLog({ sink, format: 'human', colour: false, level: 'info', date, ...options }), lines };
}

test('a human line has the time, the level, the message and the fields', () => {
  const { log, lines } = harness();
  log.info('Listening on http://127.0.0.1:8080', { listener: 'web', gone: undefined });
  log.error('broken', { stack: 'Error: broken\n    at here (x.ts:1)\n    at there' });
  assert.deepEqual(lines, [
    '09:05:07 info  Listening on http://127.0.0.1:8080  listener=web\n',
    '09:05:07 error broken\n    at here (x.ts:1)\n    at there\n',
  ]);
});

test('nothing in a message can begin another line or speak to the terminal', () => {
  const { log, lines } = harness();
  log.warn('a\nb\u001B[31m\u202E', { name: 'x\r\ny' });
  assert.deepEqual(lines, ['09:05:07 warn  a\\u{a}b\\u{1b}[31m\\u{202e}  name=x\\u{d}\\u{a}y\n']);
});

test('a terminal gets colours', () => {
  const { log, lines } = harness({ colour: true });
  log.error('broken');
  assert.match(lines[0]!, /\u001B\[31merror\u001B\[39m broken/);
});

test('JSON has level, time, pid, fields and message', () => {
  const { log, lines } = harness({ format: 'json' });
  log.warn('a\nb', { name: 'web', count: 3 });
  assert.equal(lines.length, 1);
  assert.ok(lines[0]!.endsWith('\n'));
  const { time, ...others } = JSON.parse(lines[0]!) as Record<string, unknown>;
  assert.deepEqual(others, { level: 'warn', pid: process.pid, name: 'web', count: 3, msg: 'a\nb' });
  assert.match(String(time), /^2026-11-2\dT\d\d:\d\d:07\.000Z$/);
});

test('what is below the level is not written, and the level can be changed', () => {
  for (const format of ['human', 'json'] as const) {
    const { log, lines } = harness({ format, level: 'warn' });
    log.info('no');
    log.warn('yes');
    log.level = 'debug';
    log.debug('now');
    assert.equal(lines.length, 2, format);
  }
});
