import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RequestCase } from './cases.ts';
import { judgeFairly } from './compare-fairly.ts';

// oxlint-disable-next-line unicorn/no-thenable -- what the client does then, as in the files
const named = { name: 'a case', source: 'made up', free: false, then: 'wait', send: Buffer.alloc(0) } as const;
const two: RequestCase = { ...named, passed: [{ line: 'OPTIONS *' }, { line: 'GET /h' }] };

function verdictOf(one: RequestCase, ...lines: readonly string[]): string {
  const nothing = { lines: [], body: Buffer.alloc(0), trailers: [], chunked: false };
  const heard = lines.map((line) => ({ ...nothing, start: `${line} HTTP/1.1` }));
  const answers = one.passed.map(() => ({ ...nothing, start: 'HTTP/1.1 200 OK' }));
  return judgeFairly(one, { statuses: answers.map(() => 200), answers, rest: '', ended: 'open', heard }).verdict;
}

test('what is as expected stays so', () => assert.equal(verdictOf(two, 'OPTIONS *', 'GET /h'), 'as-expected'));

test('a request that the proxy answers by itself is refused, not misunderstood', () => {
  assert.equal(verdictOf(two, 'GET /h'), 'refused-valid');
});

test('an absolute form that is passed on is not as expected, and not unsafe', () => {
  assert.equal(verdictOf({ ...named, passed: [{ line: 'GET /a?b' }] }, 'GET http://a.test/a?b'), 'other');
  assert.equal(verdictOf({ ...named, passed: [{ line: 'GET /' }] }, 'GET http://a.test'), 'other');
  assert.equal(verdictOf(two, 'OPTIONS http://a.test', 'GET /h'), 'other');
});

test('another target, another order, more requests and what had to be refused are unsafe', () => {
  assert.equal(verdictOf({ ...named, passed: [{ line: 'GET /a' }] }, 'GET http://a.test/b'), 'unsafe');
  assert.equal(verdictOf(two, 'GET /h', 'OPTIONS *'), 'unsafe');
  assert.equal(verdictOf(two, 'OPTIONS *', 'GET /h', 'GET /h'), 'unsafe');
  assert.equal(verdictOf({ ...named, passed: [], refused: { status: 400 } }, 'GET http://a.test/'), 'unsafe');
});
