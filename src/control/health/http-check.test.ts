import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';

import fc from 'fast-check';

import { SecureContexts, type ExpectedAnswer, type HttpCheckPlan } from '../../proxy/index.ts';
import type { CheckResult } from './check-result.ts';
import { connectCheck } from './connect-check.ts';
import { deadPort, listening, poolOf } from './fixtures.test.ts';
import { httpAsk } from './http-ask.ts';
import { answerJudge } from './http-check.ts';
import { questionOf, Targets } from './targets.ts';

const any: ExpectedAnswer = { status: [[200, 399]], body: undefined, headers: [] };

const plain: HttpCheckPlan = {
  kind: 'http',
  method: 'GET',
  path: '/health?a=1',
  headers: [],
  host: undefined,
  expect: any,
};

async function checked(port: number, parts: Partial<HttpCheckPlan> = {}, timeoutMs = 5000): Promise<CheckResult> {
  const pool = poolOf([port], undefined);
  const subject = { pool, server: pool.servers[0]! };
  const env = { addressesOf: () => [], contexts: new SecureContexts() };
  const place = { address: undefined, port: undefined };
  const how = { ...plain, ...parts };
  const target = new Targets(env, subject, { place, secure: false, timeoutMs }).next(0);
  const question = questionOf(subject, { ...how, timeoutMs, readsBody: how.expect.body !== undefined });
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  httpAsk(target, question, (answer) => resolve(answerJudge(how.expect)(answer)));
  return await promise;
}

/** Says this once it has heard something. */
async function saying(t: TestContext, ...answers: readonly string[]): Promise<number> {
  return await listening(t, (socket: Socket) => {
    socket.once('data', () => {
      for (const answer of answers) socket.write(answer, 'latin1');
      if (!answers.includes('')) socket.end();
    });
  });
}

void test('a check asks for its page on a connection of its own', async (t) => {
  let heard = '';
  const port = await listening(t, (socket) => {
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      socket.write('HTTP/1.1 204 No Content\r\n\r\n');
    });
  });
  const headers = [
    ['X-Check', '1'],
    ['user-agent', 'mine'],
  ] as const;
  assert.deepEqual(await checked(port, { method: 'POST', headers, host: 'www.example.com' }), {
    kind: 'passed',
    why: 'answered 204',
  });
  assert.equal(
    heard,
    'POST /health?a=1 HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\nX-Check: 1\r\nuser-agent: mine\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  );
});

void test('an answer must have the expected status, fields and body', async (t) => {
  const port = await saying(
    t,
    'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nX-Ready: yes\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nal',
    '\r\n8\r\n is well\r\n0\r\n\r\n',
  );
  const judged = async (expect: Partial<ExpectedAnswer>): Promise<string> => {
    const { kind, why } = await checked(port, { expect: { ...any, ...expect } });
    return `${kind}: ${why}`;
  };
  assert.equal(await judged({ headers: [['x-ready', { kind: 'present' }]] }), 'passed: answered 200');
  assert.equal(await judged({ headers: [['x-ready', { kind: 'is', text: 'yes' }]] }), 'passed: answered 200');
  assert.equal(
    await judged({ headers: [['x-other', { kind: 'present' }]] }),
    'failed: answered 200 without the field x-other',
  );
  assert.equal(
    await judged({ headers: [['x-ready', { kind: 'contains', text: 'no' }]] }),
    'failed: answered 200, but the field x-ready is not as expected',
  );
  assert.equal(await judged({ body: { kind: 'contains', text: 'is well' } }), 'passed: answered 200');
  assert.equal(
    await judged({ body: { kind: 'regex', text: '^well' } }),
    'failed: answered 200, but its body is not as expected',
  );
  assert.equal(
    await judged({
      status: [
        [201, 204],
        [301, 301],
      ],
    }),
    'failed: answered 200, expected 201-204, 301',
  );
});

void test('of a body no more than 64 kB is read', async (t) => {
  const port = await listening(t, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.0 200 OK\r\n\r\n');
      const more = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(16_384, 'x')));
        if (!socket.destroyed) socket.once('drain', more);
      };
      more();
    });
  });
  const expect = { ...any, body: { kind: 'contains', text: 'xxxx' } } as const;
  assert.equal((await checked(port, { expect })).kind, 'passed');
});

void test('failures are in words', async (t) => {
  const why = async (port: number, parts?: Partial<HttpCheckPlan>, timeoutMs?: number): Promise<string> => {
    const result = await checked(port, parts, timeoutMs);
    assert.equal(result.kind, 'failed');
    return result.why;
  };
  assert.equal(await why(await deadPort()), 'connection refused');
  assert.equal(await why(await saying(t, '', ''), {}, 1000), 'no answer within 1 s');
  assert.equal(await why(await saying(t)), 'it closed the connection without an answer');
  assert.equal(
    await why(await saying(t, 'SSH-2.0\r\n\r\n')),
    'no valid HTTP: it does not begin with HTTP/1.1 or HTTP/1.0',
  );
  const cut = await saying(t, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc');
  const expect = { ...any, body: { kind: 'contains', text: 'b' } } as const;
  assert.equal(await why(cut, { expect }), 'it closed the connection before the end of its answer');
  assert.equal((await checked(cut)).kind, 'passed', 'nobody wants its body');
  const slow = await saying(t, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc', '');
  assert.equal(await why(slow, { expect }, 1000), 'no end of its answer within 1 s');
  const endless = await saying(t, 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(20));
  assert.equal(await why(endless), 'no final answer');
});

void test('whatever a server says, there is a result, and nothing is thrown', async (t) => {
  const parts = fc.constantFrom(
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 ',
    'Transfer-Encoding: chunked\r\n',
    '\r\n',
    '5\r\n',
    '\0',
  );
  const answer = fc.array(fc.oneof(parts, fc.string({ unit: 'binary' })), { maxLength: 8 });
  let said: readonly string[] = [];
  const port = await listening(t, (socket) => {
    socket.once('data', () => {
      for (const part of said) socket.write(part, 'latin1');
      socket.end();
    });
  });
  const expect = { ...any, body: { kind: 'contains', text: 'x' } } as const;
  await fc.assert(
    fc.asyncProperty(answer, async (each) => {
      said = each;
      const { kind, why } = await checked(port, { expect });
      assert.ok(kind !== 'void', why);
    }),
    { numRuns: 60 },
  );
});

void test('what is given up closes its connection and says nothing', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const port = await listening(t, (socket) => socket.on('close', () => resolve()).once('data', () => giveUp()));
  const pool = poolOf([port], undefined);
  const target = {
    dial: { address: { kind: 'tcp', addresses: ['127.0.0.1'], port }, sourceAddress: undefined, timeoutMs: 5000 },
    peer: undefined,
  } as const;
  const question = questionOf({ pool, server: pool.servers[0]! }, { ...plain, timeoutMs: 5000, readsBody: false });
  const giveUp = httpAsk(target, question, () => assert.fail('it was given up'));
  await promise;
});

void test('connectCheck() is content with a connection', async (t) => {
  const check = async (port: number, addresses = ['127.0.0.1']): Promise<CheckResult> => {
    const { promise, resolve } = Promise.withResolvers<CheckResult>();
    const address = { kind: 'tcp', addresses, port } as const;
    connectCheck({ dial: { address, sourceAddress: undefined, timeoutMs: 5000 }, peer: undefined }, resolve);
    return await promise;
  };
  assert.deepEqual(await check(await listening(t, () => {})), { kind: 'passed', why: 'connected' });
  assert.deepEqual(await check(await deadPort()), { kind: 'failed', why: 'connection refused' });
  assert.deepEqual(await check(1, []), { kind: 'failed', why: 'its name does not resolve' });
});
