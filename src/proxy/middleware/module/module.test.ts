import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProxyError } from '../../../core/errors.ts';
import { exchangeOf, HandSource, headersOf, KeepSink, turns } from '../../fixtures.test.ts';
import { answerOf, workOf } from '../work-fixtures.test.ts';
import { gone, hooksOf } from './fixtures.test.ts';
import type { Next, UserExchange, UserResponse } from './middleware.ts';

const never = new Promise<never>(() => undefined);

test('a middleware that does not answer in time is a 504, and what it does later changes nothing', async () => {
  const late = Promise.withResolvers<void>();
  let seen: UserExchange | undefined;
  let called: unknown;
  const { hooks, env, told } = hooksOf(async (exchange, next) => {
    seen = exchange;
    assert.equal(exchange.signal.aborted, false);
    await late.promise;
    called = await next().catch((error: unknown) => error);
    return { status: 200 };
  });
  const verdict = hooks.request(workOf());
  env.pass(29_900);
  env.pass(500);
  const ended = await verdict;
  assert.ok(ended instanceof ProxyError);
  assert.equal(ended.code, 'middleware-timeout');
  assert.equal(seen!.signal.aborted, true);
  late.resolve();
  await turns();
  assert.match(String(called), /Cannot call next\(\): the exchange has its answer, or is over/);
  assert.match(
    told[0]!.message,
    /^The middleware the function failed: ProxyError: Cannot go on: it has neither called next/,
  );
  assert.equal(told.length, 1);
});

test('the time of a server is not that of the middleware, but what it does behind it is', async () => {
  const { hooks, env } = hooksOf(async (_, next) => {
    await next();
    await never;
  });
  const work = workOf();
  assert.equal(await hooks.request(work), undefined);
  env.pass(600_000);
  const source = new HandSource(3);
  const answer = answerOf(200, { body: source, headers: headersOf(['X-A', 'b']), own: false });
  const shown = hooks.response(answer, work);
  await turns();
  env.pass(30_500);
  await shown;
  assert.deepEqual([answer.status, answer.code, answer.own], [504, 'middleware-timeout', true]);
  assert.equal(answer.headers.get('X-A'), undefined);
  assert.deepEqual(source.events, ['cancel middleware-timeout']);
  assert.equal(work.exchange.reason, 'middleware-timeout');
});

test('what it returns before the answer came takes its place when it comes', async () => {
  const { hooks } = hooksOf((_, next) => {
    void next();
    return { status: 418 };
  });
  const work = workOf();
  assert.equal(await hooks.request(work), undefined);
  const source = new HandSource();
  const answer = answerOf(200, { body: source });
  await hooks.response(answer, work);
  assert.equal(answer.status, 418);
  assert.deepEqual(source.events, ['cancel middleware-failed']);
});

test('where a feature between two calls of one middleware answers, only the one that called next() sees it', async () => {
  const seen: number[] = [];
  const { hooks } = hooksOf(async (_, next) => void seen.push((await next()).status));
  const work = workOf();
  await hooks.request(work);
  const answer = answerOf(403);
  await hooks.response(answer, work);
  await hooks.response(answer, work);
  assert.deepEqual(seen, [403]);
});

test('the same middleware twice in a list sees the answer twice, from the inside out', async () => {
  const seen: string[] = [];
  const { hooks } = hooksOf(async (exchange, next) => {
    const depth = (exchange.state.get('depth') as number | undefined) ?? 0;
    exchange.state.set('depth', depth + 1);
    await next();
    seen.push(String(depth));
  });
  const work = workOf();
  await hooks.request(work);
  await hooks.request(work);
  await hooks.response(answerOf(200), work);
  await hooks.response(answerOf(200), work);
  assert.deepEqual(seen, ['1', '0']);
});

for (const moment of ['asked', 'forwarded', 'answered', 'over'] as const) {
  test(`an exchange that breaks off lets go of what waits for the middleware: ${moment}`, async () => {
    let rejected: unknown;
    const { hooks, told } = hooksOf(async (_, next) => {
      if (moment === 'asked') await never;
      const response = await next().catch((error: unknown) => (rejected = error));
      if (moment === 'answered') await never;
      return response as UserResponse;
    });
    const work = workOf();
    const verdict = hooks.request(work) as Promise<unknown>;
    const source = new HandSource();
    const answer = answerOf(200, { body: source });
    if (moment !== 'asked') assert.equal(await verdict, undefined);
    const shown = moment === 'asked' || moment === 'forwarded' ? undefined : hooks.response(answer, work);
    if (moment === 'over') await shown;
    hooks.over(work, gone);
    hooks.over(work, gone);
    await verdict;
    await shown;
    await turns();
    assert.equal(rejected, moment === 'forwarded' ? gone : undefined);
    assert.deepEqual(source.events, moment === 'answered' ? ['cancel client-abort'] : []);
    assert.deepEqual(told, []);
  });
}

test('a dry exchange passes without a call', () => {
  const { hooks } = hooksOf(() => assert.fail('it was called'));
  assert.equal(hooks.request(workOf({ exchange: exchangeOf({ dry: true }) })), undefined);
  assert.match(hooks.dry, /it is not run here/);
});

test('failures are told once a second, with the number of those that were not', async () => {
  let status = 0;
  const { hooks, env, told } = hooksOf(() => ({ status }));
  for (let i = 0; i < 5; i++) await hooks.request(workOf());
  env.ms += 1000;
  env.clock.refresh();
  await hooks.request(workOf());
  status = 200;
  await hooks.request(workOf());
  assert.deepEqual(
    told.map(({ message }) => message),
    [
      'The middleware the function failed: TypeError: Cannot answer with the status 0: it is a whole number, 200 to 599',
      'The middleware the function failed: TypeError: Cannot answer with the status 0: it is a whole number, 200 to 599 (and 4 others since the last message)',
    ],
  );
});

test('a failure of the client that it lets through stays one, and is not told', async () => {
  const { hooks, told } = hooksOf(async (exchange: UserExchange, next: Next) => {
    await exchange.json();
    await next();
  });
  const source = new HandSource(2);
  const work = workOf({ exchange: exchangeOf({ body: source }) });
  const verdict = hooks.request(work);
  source.sink!.write(Buffer.from('no'));
  source.sink!.end();
  assert.equal(((await verdict) as ProxyError).code, 'bad-body');
  assert.deepEqual(told, []);
});

test('what it sets in place of a request goes to the server, and what was there before is ended', async () => {
  const { hooks } = hooksOf(async (exchange, next) => {
    exchange.body = 'ten bytes.';
    exchange.serverPath = '/other';
    await next();
  });
  const [untouched, wrapped] = [new HandSource(3), new HandSource(3)];
  const work = workOf({ exchange: exchangeOf({ body: untouched }) });
  await hooks.request(work);
  assert.deepEqual(untouched.events, [], 'the connection skips it');
  work.body = wrapped;
  await hooks.request(work);
  assert.deepEqual(wrapped.events, ['cancel middleware-failed'], 'a feature made it');
  const sink = new KeepSink();
  work.body.start(sink);
  assert.deepEqual([work.body.length, sink.bytes.toString(), work.path], [10, 'ten bytes.', '/other']);
});
