import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProxyError } from '../../../core/errors.ts';
import { exchangeOf, HandSource, headersOf, KeepSink, TestEnv } from '../../fixtures.test.ts';
import { workOf, type TestWork } from '../work-fixtures.test.ts';
import { bodyLimit, type BodyLimitConfig } from './body-limit.ts';

const config: BodyLimitConfig = {
  max: 10,
  exceptions: [
    { path: { kind: 'exact', path: '/up/x' }, max: 0 },
    { path: { kind: 'folder', path: '/up/' }, max: 100 },
    { path: { kind: 'prefix', path: '/big' }, max: 50 },
  ],
};

function ask(work: TestWork): unknown {
  const verdict = bodyLimit.create(config, new TestEnv()).request!(work);
  return verdict instanceof ProxyError ? verdict.code : verdict;
}

function workWith(length: number | undefined, path = '/', upgrade?: string): { work: TestWork; source: HandSource } {
  const source = new HandSource(length);
  const exchange = exchangeOf({ body: source, upgrade, target: { path, query: '', raw: path } });
  return { work: workOf({ exchange }), source };
}

test('body-limit judges a stated length at once and leaves the body alone', () => {
  const small = workWith(10);
  assert.equal(ask(small.work), undefined);
  assert.equal(small.work.body, small.source);
  const large = workWith(11);
  assert.equal(ask(large.work), 'body-too-large');
  assert.deepEqual(large.source.events, []);
});

test('body-limit has exceptions by path, the longest first', () => {
  const passes = (path: string, length: number): boolean => ask(workWith(length, path).work) === undefined;
  assert.ok(passes('/up/', 100));
  assert.ok(!passes('/up', 11));
  assert.ok(passes('/up/y', 100) && !passes('/up/y', 101));
  assert.ok(!passes('/up/x', 1));
  assert.ok(passes('/big', 50) && passes('/big/file', 50) && !passes('/big/file', 51));
  assert.ok(!passes('/bigger', 50));
});

test('body-limit does not look at tunnels and at requests without a body', () => {
  const tunnel = workWith(undefined, '/', 'websocket');
  assert.equal(ask(tunnel.work), undefined);
  assert.equal(tunnel.work.body, tunnel.source);
  assert.equal(ask(workOf()), undefined);
});

test('a body without a length passes up to the limit, trailers and all', () => {
  const { work, source } = workWith(undefined);
  assert.equal(ask(work), undefined);
  const sink = new KeepSink();
  work.body!.start(sink);
  assert.equal(source.sink!.write(Buffer.from('01234')), true);
  sink.ready = false;
  assert.equal(source.sink!.write(Buffer.from('56789')), false);
  work.body!.resume();
  source.sink!.flush();
  source.sink!.end(headersOf(['A', 'b']));
  assert.equal(sink.bytes.toString(), '0123456789');
  assert.deepEqual(sink.events, ['write', 'write', 'flush', 'end']);
  assert.equal(sink.trailers?.get('a'), 'b');
  assert.deepEqual(source.events, ['start', 'resume']);
});

test('the chunk that goes past the limit stays here, and both sides hear of it: the client first', () => {
  const { work, source } = workWith(undefined);
  ask(work);
  const sink = new KeepSink();
  const order: string[] = [];
  source.during = (event) => order.push(`source ${event}`);
  sink.during = (event) => order.push(`sink ${event}`);
  work.body!.start(sink);
  source.sink!.write(Buffer.from('01234'));
  source.sink!.write(Buffer.from('567890'));
  source.sink!.write(Buffer.from('more'));
  source.sink!.end();
  assert.equal(sink.bytes.toString(), '01234');
  assert.deepEqual(order, ['source start', 'sink write', 'source cancel body-too-large', 'sink abort body-too-large']);
});

test('a limited body that breaks off or is not wanted any more says so once', () => {
  const broken = workWith(undefined);
  ask(broken.work);
  const sink = new KeepSink();
  broken.work.body!.start(sink);
  broken.source.sink!.abort(new ProxyError('client-abort', 'Cannot'));
  broken.source.sink!.end();
  assert.deepEqual(sink.events, ['abort client-abort']);
  const unwanted = workWith(undefined);
  ask(unwanted.work);
  unwanted.work.body!.start(sink);
  unwanted.work.body!.cancel(new ProxyError('server-closed', 'Cannot'));
  unwanted.source.sink!.write(Buffer.alloc(100));
  assert.deepEqual(unwanted.source.events, ['start', 'cancel server-closed']);
});
