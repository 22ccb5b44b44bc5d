import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { LogLine } from '../harness/access-lines.ts';
import type { Heard } from './heard.ts';
import { judgeReference, judgeServer, type Evidence } from './judge.ts';

const line: LogLine = {
  id: 'one',
  client: '127.0.0.1',
  method: 'POST',
  host: 'a.test',
  path: '/a',
  query: 'b',
  status: 200,
  server: 'server',
  retries: 0,
  bytesIn: 3,
  bytesOut: 0,
};
const heard: Heard = { id: 'one', method: 'POST', target: '/a?b', body: '3 hash' };

interface Said {
  readonly lines?: readonly LogLine[];
  readonly heard?: readonly Heard[];
  readonly answered?: readonly string[];
  readonly wrong?: readonly string[];
}

function evidenceOf({ lines = [line], heard: all = [heard], answered = ['one'], wrong = [] }: Said): Evidence {
  const attempt = { number: 1, answered, wrong };
  return { server: 'x', attempt, lines, heard: Map.groupBy(all, ({ id }) => id) };
}

const agreeing = evidenceOf({});

test('what is the same in the log and in both servers is no difference', () => {
  assert.deepEqual(judgeReference(agreeing), { differences: [], refusals: [] });
  assert.deepEqual(judgeServer(agreeing, agreeing), { differences: [], refusals: [] });
});

const different: Readonly<Record<string, Said>> = {
  'another method': { heard: [{ ...heard, method: 'GET' }] },
  'another target': { heard: [{ ...heard, target: '/a' }] },
  'a shorter body': { heard: [{ ...heard, body: '2 hash' }] },
  'a request twice': { heard: [heard, heard] },
  'an answer to another request': { answered: ['two'] },
  'a wrong marker': { wrong: ['the marker'] },
  'a part of the body taken for the whole': {
    lines: [{ ...line, status: 499, reason: 'client-abort' }],
    heard: [{ ...heard, body: '2 hash' }],
    answered: [],
  },
};

for (const [what, said] of Object.entries(different)) {
  test(`${what} is a difference`, () => {
    const evidence = evidenceOf(said);
    assert.equal(judgeServer(evidence, evidenceOf({ lines: said.lines ?? [line], heard: [] })).differences.length, 1);
  });
}

test('another body of the same length is a difference from the strict reader', () => {
  const other = evidenceOf({ heard: [{ ...heard, body: '3 other' }] });
  assert.equal(judgeReference(other).differences.length, 0);
  assert.equal(judgeServer(other, agreeing).differences.length, 1);
});

test('a request that never came whole to the strict reader and came whole elsewhere is a difference', () => {
  const cut = evidenceOf({ heard: [{ ...heard, body: undefined }] });
  assert.equal(judgeServer(agreeing, cut).differences.length, 1);
});

test('more exchanges, fewer or other ones than with the strict reader are a difference', () => {
  const second = { ...line, id: 'two', path: '/two' };
  const two = evidenceOf({ lines: [line, second], answered: ['one'] });
  assert.equal(judgeServer(two, agreeing).differences.length, 1);
  assert.equal(judgeServer(agreeing, two).differences.length, 1);
  const odd = evidenceOf({ lines: [{ ...line, method: 'PUT' }], heard: [{ ...heard, method: 'PUT' }] });
  assert.equal(judgeServer(odd, agreeing).differences.length, 1);
});

test('a refusal by the server is no difference, and is told; nor is what Postern or the client broke off', () => {
  const refused = evidenceOf({ lines: [{ ...line, status: 405 }], heard: [], answered: [] });
  assert.deepEqual(judgeServer(refused, agreeing), { differences: [], refusals: ['405'] });
  const aborted = evidenceOf({ lines: [{ ...line, status: 499, reason: 'client-abort' }], heard: [], answered: [] });
  assert.deepEqual(judgeReference(aborted), { differences: [], refusals: [] });
});

test('a secret that the log masks is no difference, but another target beside the strict reader still is', () => {
  const masked = { ...line, query: 'u=http://***@/?c' };
  const spelt = (target: string): Evidence => evidenceOf({ lines: [masked], heard: [{ ...heard, target }] });
  const [own, other] = [spelt('/a?u=http://b@/?c'), spelt('/a?u=http://x@/?c')];
  assert.deepEqual(judgeReference(own).differences, []);
  assert.equal(judgeServer(other, own).differences.length, 1);
  assert.equal(judgeReference(spelt('/b?u=http://b@/?c')).differences.length, 1);
});
