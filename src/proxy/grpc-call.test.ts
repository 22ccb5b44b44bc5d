import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProxyError } from '../core/errors.ts';
import type { Abortable, Exchange, ProxyResponse, Reply } from './exchange.ts';
import { exchangeOf, HandSource, headersOf, KeepReply, TestEnv } from './fixtures.test.ts';
import { GrpcCall } from './grpc-call.ts';
import type { RouteTimeouts } from './plan.ts';
import type { OutgoingRequest } from './upstream/outgoing-request.ts';

/** A pool that notes what it gets, and answers when it is told. */
class KeepPool {
  readonly plan = { timeouts: { connectMs: 1000, firstByteMs: 60_000, idleMs: 30_000 } };
  readonly aborted: string[] = [];
  request: OutgoingRequest | undefined;
  through: Reply | undefined;
  at: (reply: Reply) => void = () => undefined;

  forward(_exchange: Exchange, reply: Reply, request: OutgoingRequest): Abortable | undefined {
    this.request = request;
    this.through = reply;
    this.at(reply);
    return { abort: (error) => void this.aborted.push(error.code) };
  }
}

class Site {
  readonly env = new TestEnv();
  readonly reply = new KeepReply();
  readonly pool = new KeepPool();
  readonly exchange: Exchange;
  work: Abortable | undefined;

  constructor(timeout: string | undefined) {
    this.exchange = exchangeOf({
      protocol: 'HTTP/2.0',
      method: 'POST',
      headers: headersOf(
        ['content-type', 'application/grpc'],
        ...(timeout === undefined ? [] : [['grpc-timeout', timeout] as const]),
      ),
      timings: { started: this.env.clock.now(), headRead: 0, queuedMs: 0, connected: 0, firstByte: 0, ended: 0 },
    });
  }

  forward(timeouts?: RouteTimeouts): this {
    const request: OutgoingRequest = {
      target: '/a.B/C',
      host: undefined,
      headers: this.exchange.headers,
      body: undefined,
      expectContinue: false,
      timeouts,
      upgrade: undefined,
      onResponse: () => undefined,
    };
    this.work = GrpcCall.of(this.exchange, this.reply, this.env)?.forward(this.pool, request);
    return this;
  }
}

function siteOf(timeout?: string, timeouts?: RouteTimeouts): Site {
  return new Site(timeout).forward(timeouts);
}

function answerOf(body?: HandSource, fields: Readonly<Record<string, string>> = {}): ProxyResponse {
  const headers = headersOf(...Object.entries(fields));
  return { status: 200, reason: '', headers, body, announcedLength: undefined };
}

void test('only gRPC calls are calls, and no dry ones', () => {
  const env = new TestEnv();
  assert.equal(GrpcCall.of(exchangeOf(), new KeepReply(), env), undefined);
  const dry = { ...siteOf().exchange, dry: true };
  assert.equal(GrpcCall.of(dry, new KeepReply(), env), undefined);
});

void test('a call whose deadline is over ends with its reason, and who works on it hears so', () => {
  const { env, reply, pool } = siteOf('2S');
  env.pass(2000);
  assert.deepEqual(reply.events, []);
  env.pass(400);
  assert.deepEqual(reply.events, ['fail deadline-exceeded']);
  assert.deepEqual(pool.aborted, ['deadline-exceeded']);
  env.pass(10_000);
  assert.equal(reply.events.length, 1);
  assert.equal(env.wheel.size, 0);
});

void test('once the head of an answer is there the deadline is not ours any more, and leaves the wheel', () => {
  const { env, reply, pool } = siteOf('2S');
  assert.equal(env.wheel.size, 1);
  pool.through!.respond(answerOf(new HandSource()));
  assert.equal(env.wheel.size, 0);
  env.pass(5000);
  assert.deepEqual(reply.events, ['respond 200']);
  assert.deepEqual(pool.aborted, []);
});

void test('a call without a deadline, or with one that cannot be read, has none here', () => {
  for (const timeout of [undefined, '2', 'xS', '123456789S']) {
    const { env, reply, pool, exchange } = siteOf(timeout);
    assert.equal(env.wheel.size, 0);
    env.pass(5000);
    pool.request!.deadline!.tell(exchange.headers, env.clock.now());
    assert.equal(exchange.headers.get('grpc-timeout'), timeout);
    assert.deepEqual(reply.events, []);
  }
});

void test('a server is told what is left, at each attempt anew, and never less than the least', () => {
  const { env, pool, exchange } = siteOf('2S');
  const left = (): string | undefined => {
    pool.request!.deadline!.tell(exchange.headers, env.clock.now());
    return exchange.headers.get('grpc-timeout');
  };
  assert.equal(left(), '2000000u');
  env.pass(500);
  assert.equal(left(), '1500000u');
  env.pass(1550);
  assert.equal(left(), '1n');
});

void test('waits of the config do not end a call before its deadline, and hold where they are longer', () => {
  const short = siteOf('2S').pool.request!.timeouts!;
  assert.deepEqual([short.firstByteMs, short.idleMs], [60_000, 86_400_000]);
  const long = siteOf('2H').pool.request!.timeouts!;
  assert.ok(long.firstByteMs! > 7_200_000);
  const set = siteOf('2M', { connectMs: 5, firstByteMs: 10, idleMs: 20 }).pool.request!.timeouts!;
  assert.equal(set.connectMs, 5);
  assert.ok(set.firstByteMs! > 120_000 && set.idleMs! > 120_000);
});

void test('without a deadline the waits of the route hold, and for the silence of a stream only those', () => {
  const pool = siteOf().pool.request!.timeouts!;
  assert.deepEqual([pool.firstByteMs, pool.idleMs], [60_000, 86_400_000]);
  const route = siteOf(undefined, { connectMs: undefined, firstByteMs: 10, idleMs: 20 }).pool.request!.timeouts!;
  assert.deepEqual([route.firstByteMs, route.idleMs], [10, 20]);
});

void test('a client that goes is passed on, and its deadline leaves the wheel', () => {
  const { env, reply, pool, work } = siteOf('2S');
  work!.abort(new ProxyError('client-abort', 'Cannot go on'));
  assert.deepEqual(pool.aborted, ['client-abort']);
  assert.equal(env.wheel.size, 0);
  env.pass(5000);
  assert.deepEqual(reply.events, []);
});

void test('a failure at once leaves nothing behind', () => {
  const site = new Site('2S');
  site.pool.at = (reply) => reply.fail(new ProxyError('no-server', 'Cannot choose'));
  site.forward();
  assert.equal(site.work, undefined);
  assert.equal(site.env.wheel.size, 0);
  assert.deepEqual(site.reply.events, ['fail no-server']);
});

void test('the status of trailers-only answers is noted', () => {
  const { pool, exchange } = siteOf();
  pool.through!.respond(answerOf(undefined, { 'grpc-status': '5' }));
  assert.equal(exchange.grpcStatus, 5);
});

void test('the status of trailers is noted, and all of the body goes on', () => {
  const { pool, exchange, reply } = siteOf();
  const source = new HandSource();
  pool.through!.respond(answerOf(source));
  const sink = source.sink!;
  reply.sink.ready = false;
  assert.equal(sink.write(Buffer.from('ab')), false);
  sink.flush();
  assert.equal(exchange.grpcStatus, undefined);
  const trailers = headersOf(['grpc-status', '0']);
  sink.end(trailers);
  assert.equal(exchange.grpcStatus, 0);
  assert.equal(reply.sink.bytes.toString(), 'ab');
  assert.equal(reply.sink.trailers, trailers);
  assert.deepEqual(reply.sink.events, ['write', 'flush', 'end']);
});

void test('a status that is no number, or none, is not noted', () => {
  for (const trailers of [undefined, headersOf(['grpc-status', 'x'])]) {
    const { pool, exchange } = siteOf();
    const source = new HandSource();
    pool.through!.respond(answerOf(source));
    source.sink!.end(trailers);
    assert.equal(exchange.grpcStatus, undefined);
  }
});
