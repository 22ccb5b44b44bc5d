import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Message } from '../harness/message.ts';
import type { RequestCase } from './cases.ts';
import { judge } from './request-judge.ts';
import type { RequestOutcome } from './request-outcome.ts';

// oxlint-disable-next-line unicorn/no-thenable -- a word of the files; nobody awaits a case
const plain = { name: 'a case', source: 'nowhere', free: false, send: Buffer.alloc(0), then: 'wait' } as const;
const refused: RequestCase = { ...plain, passed: [], refused: { status: 400, reason: 'bad-request' } };
const passed: RequestCase = {
  ...plain,
  passed: [{ line: 'POST /', body: Buffer.from('abc'), fields: ['X: 1'], without: ['Y'], trailers: ['Z: 2'] }],
};

function message(start: string, lines: readonly string[] = [], body = '', trailers: readonly string[] = []): Message {
  return { start, lines, body: Buffer.from(body), trailers, chunked: false };
}

const good = message('POST / HTTP/1.1', ['x:  1 '], 'abc', ['z: 2']);

function outcome(answers: readonly Message[], heard: readonly Message[] = [], rest = ''): RequestOutcome {
  const statuses = answers.map(({ start }) => Number(start.slice(9, 12)));
  return { statuses, answers, rest, ended: 'fin', heard };
}

const ok = message('HTTP/1.1 200 OK');
const bad = (reason: string): Message => message('HTTP/1.1 400 Bad Request', [], `{"error":"${reason}","id":"x"}\n`);

test('judge() finds what is as expected', () => {
  assert.equal(judge(refused, outcome([bad('bad-request')])).verdict, 'as-expected');
  assert.equal(judge(passed, outcome([ok], [good])).verdict, 'as-expected');
});

test('judge() finds unsafe what the server heard and should not have', () => {
  assert.equal(judge(refused, outcome([ok], [good])).verdict, 'unsafe');
  assert.equal(judge(refused, outcome([bad('bad-request')], [good])).verdict, 'unsafe');
  const others = [
    message('POST /x HTTP/1.1', ['X: 1'], 'abc', ['Z: 2']),
    message('POST / HTTP/1.1', ['X: 1'], 'abcd', ['Z: 2']),
    message('POST / HTTP/1.1', ['X: 1', 'y: 3'], 'abc', ['Z: 2']),
    message('POST / HTTP/1.1', ['X: 1'], 'abc', ['Z: 2', 'Host: b']),
  ];
  for (const other of others) assert.equal(judge(passed, outcome([ok], [other])).verdict, 'unsafe', other.start);
  assert.equal(judge(passed, outcome([ok, ok], [good, good])).verdict, 'unsafe');
});

test('judge() finds that something valid was refused', () => {
  assert.equal(judge(passed, outcome([bad('bad-request')])).verdict, 'refused-valid');
});

test('judge() finds other statuses, reasons, ends and fields', () => {
  const without = message('POST / HTTP/1.1', [], 'abc', ['Z: 2']);
  const others = [
    judge(refused, outcome([])),
    judge(refused, outcome([bad('bad-host')])),
    judge(refused, { ...outcome([bad('bad-request')]), ended: 'open' }),
    judge(refused, outcome([bad('bad-request')], [], 'HTTP/1.1 2')),
    judge(passed, outcome([ok], [without])),
    judge(passed, outcome([])),
  ];
  assert.deepEqual(
    others.map(({ verdict }) => verdict),
    others.map(() => 'other'),
  );
});
