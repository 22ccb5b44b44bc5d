import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ExpectedAnswer } from '../../proxy/index.ts';
import type { CheckResult } from './check-result.ts';
import { answeringHttp2, deadPort, listening } from './fixtures.test.ts';
import { answerJudge } from './http-check.ts';
import { any, bodied, checked, env, here, plain, subjectOf, why } from './http2-fixtures.test.ts';
import { pageAsk } from './page-ask.ts';

void test('a check of a server of HTTP/2 asks for its page as one by HTTP/1 does', async (t) => {
  const heads: unknown[] = [];
  const port = await answeringHttp2(t, (stream, head) => {
    heads.push(Object.fromEntries(Object.entries(head)));
    stream.respond({ ':status': 204 }, { endStream: true });
  });
  const headers = [
    ['X-Check', '1'],
    ['x-check', '\xe9'],
    ['Proxy-Connection', 'close'],
    ['user-agent', 'mine'],
  ] as const;
  const parts = { method: 'POST', headers, host: 'www.example.com' };
  assert.deepEqual(await checked(port, parts), { kind: 'passed', why: 'answered 204' });
  assert.deepEqual(await checked(port), { kind: 'passed', why: 'answered 204' });
  const common = { ':path': '/health?a=1', ':scheme': 'http', accept: '*/*' };
  assert.deepEqual(heads, [
    {
      ...common,
      ':method': 'POST',
      ':authority': 'www.example.com',
      'x-check': '1, \xe9',
      'user-agent': 'mine',
      'content-length': '0',
    },
    { ...common, ':method': 'GET', ':authority': `127.0.0.1:${port}`, 'user-agent': 'Postern-health-check' },
  ]);
});

void test('what an answer by HTTP/2 must be is judged as that of one by HTTP/1', async (t) => {
  const port = await answeringHttp2(t, (stream) => {
    stream.additionalHeaders({ ':status': 103 });
    stream.respond({ ':status': 200, 'x-ready': ['no', 'yes'] }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '1' }));
    stream.write('al');
    stream.end('l is well');
  });
  const judged = async (expect: Partial<ExpectedAnswer>): Promise<string> => {
    const { kind, why: words } = await checked(port, { expect: { ...any, ...expect } });
    return `${kind}: ${words}`;
  };
  assert.equal(await judged({}), 'passed: answered 200');
  assert.equal(await judged({ headers: [['x-ready', { kind: 'is', text: 'yes' }]] }), 'passed: answered 200');
  assert.equal(
    await judged({ headers: [['x-other', { kind: 'present' }]] }),
    'failed: answered 200 without the field x-other',
  );
  assert.equal(await judged({ body: { kind: 'is', text: 'all is well' } }), 'passed: answered 200');
  assert.equal(
    await judged({ body: { kind: 'regex', text: '^well' } }),
    'failed: answered 200, but its body is not as expected',
  );
  assert.equal(await judged({ status: [[204, 204]] }), 'failed: answered 200, expected 204');
});

void test('of a body by HTTP/2 no more than 64 kB is read, and none where nobody wants it', async (t) => {
  const closed: number[] = [];
  const port = await answeringHttp2(t, (stream) => {
    stream.respond({ ':status': 200 });
    let bytes = 0;
    const more = (): void => {
      while (!stream.destroyed && stream.write(Buffer.alloc(16_384, 'well'))) bytes += 16_384;
      if (!stream.destroyed) stream.once('drain', more);
    };
    stream.on('close', () => closed.push(bytes));
    more();
  });
  assert.deepEqual(await checked(port, { expect: bodied }), { kind: 'passed', why: 'answered 200' });
  const late = { ...any, body: { kind: 'contains', text: 'late' } } as const;
  assert.equal(await why(port, { expect: late }), 'answered 200, but its body is not as expected');
  assert.deepEqual(await checked(port), { kind: 'passed', why: 'answered 200' });
});

void test('a check by HTTP/2 that is given up closes its connection and says nothing', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const port = await answeringHttp2(t, (stream) => {
    stream.session!.on('close', resolve);
    giveUp();
  });
  const page = { ...plain, timeoutMs: 5000, readsBody: false };
  const ask = pageAsk(env, subjectOf(port), { place: here, secure: false, page });
  const giveUp = ask(() => assert.fail('it was given up'));
  await promise;
});

void test('another port than that of requests is asked by HTTP/1', async (t) => {
  const port = await listening(t, (socket) => {
    socket.once('data', (chunk) => socket.end(`HTTP/1.1 ${chunk.toString().startsWith('GET ') ? 204 : 500} x\r\n\r\n`));
  });
  const place = { address: undefined, port };
  assert.deepEqual(await checked(await deadPort(), {}, { place }), { kind: 'passed', why: 'answered 204' });
});

void test('a pool that speaks either protocol is asked by HTTP/1', async (t) => {
  const { server, pool } = subjectOf(
    await listening(t, (socket) => void socket.once('data', () => socket.end('HTTP/1.1 204 x\r\n\r\n'))),
  );
  const page = { ...plain, timeoutMs: 5000, readsBody: false };
  for (const version of ['auto', 'http1'] as const) {
    const subject = { server, pool: { ...pool, protocol: { ...pool.protocol!, version } } };
    const { promise, resolve } = Promise.withResolvers<CheckResult>();
    pageAsk(env, subject, { place: here, secure: false, page })((answer) => resolve(answerJudge(any)(answer)));
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.deepEqual(await promise, { kind: 'passed', why: 'answered 204' });
  }
});
