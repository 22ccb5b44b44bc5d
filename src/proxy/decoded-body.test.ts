import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError } from '../core/errors.ts';
import { BodyDecoder } from '../wire/http1/body-decoder.ts';
import { CHUNKED, UNTIL_CLOSE } from '../wire/http1/framing.ts';
import { DecodedBody } from './decoded-body.ts';
import { KeepSink, listenerPlan } from './fixtures.test.ts';

const stop = new ProxyError('client-abort', 'Cannot');

function setUp(length: number): {
  body: DecodedBody;
  sink: KeepSink;
  said: string[];
  take(text: string, from?: number): number;
} {
  const said: string[] = [];
  const reader = { bodyWanted: () => said.push('wanted'), bodyCancelled: () => said.push('cancelled') };
  const body = new DecodedBody(length, new BodyDecoder(length, listenerPlan().limits, 'client'), reader);
  const take = (text: string, from = 0): number => {
    const end = body.take(Buffer.from(text, 'latin1'), from);
    if (body.complete) body.end();
    return end;
  };
  return { body, sink: new KeepSink(), said, take };
}

test('length is that of the message, and undefined where only the end will tell', () => {
  assert.equal(setUp(7).body.length, 7);
  assert.equal(setUp(CHUNKED).body.length, undefined);
  assert.equal(setUp(UNTIL_CLOSE).body.length, undefined);
});

test('nothing is given before start(), which asks for bytes once', () => {
  const { body, sink, said } = setUp(5);
  assert.equal(body.flowing, false);
  body.start(sink);
  body.start(new KeepSink());
  assert.deepEqual(said, ['wanted']);
  assert.equal(body.flowing, true);
});

test('take() takes the body and leaves what is behind it', () => {
  const { body, sink, take } = setUp(5);
  body.start(sink);
  assert.equal(take('xxabc', 2), 5);
  assert.equal(body.over, false);
  assert.equal(take('deGET /'), 2);
  assert.equal(sink.bytes.toString(), 'abcde');
  assert.deepEqual(sink.events, ['write', 'write', 'end']);
  assert.equal(body.over, true);
  assert.equal(body.flowing, false);
  assert.equal(body.bytes, 5);
});

test('the end is told when the caller is ready for it, once', () => {
  const { body, sink } = setUp(3);
  body.start(sink);
  assert.equal(body.take(Buffer.from('abcdef'), 0), 3);
  assert.equal(body.complete, true);
  assert.deepEqual(sink.events, ['write']);
  body.end();
  body.end();
  assert.deepEqual(sink.events, ['write', 'end']);
});

test('trailers come with the end', () => {
  const { body, sink, take } = setUp(CHUNKED);
  body.start(sink);
  const text = '3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\nGET';
  assert.equal(take(text), text.length - 3);
  assert.equal(sink.trailers!.get('x-sum'), '1');
  assert.equal(body.bytes, 3);
});

test('a sink that asks to wait is asked for once it resumes, not before, and not twice', () => {
  const { body, sink, said, take } = setUp(9);
  body.start(sink);
  sink.ready = false;
  take('abc');
  assert.equal(body.paused, true);
  assert.equal(body.slowed, true);
  body.resume();
  body.resume();
  assert.deepEqual(said, ['wanted', 'wanted']);
  assert.equal(body.paused, false);
  assert.equal(body.slowed, true, 'its slowness is still to be noticed');
});

test('a sink that cancels within write() hears nothing more, not even the end', () => {
  const { body, sink, said, take } = setUp(3);
  body.start(sink);
  sink.during = () => body.cancel(stop);
  take('abc');
  body.flush();
  body.fail(stop);
  body.cancel(stop);
  body.resume();
  assert.deepEqual(sink.events, ['write']);
  assert.deepEqual(said, ['wanted', 'cancelled']);
});

test('cancel() before start() is heard, and start() then begins nothing', () => {
  const { body, sink, said } = setUp(3);
  body.cancel(stop);
  body.start(sink);
  assert.deepEqual(said, ['cancelled']);
  assert.deepEqual(sink.events, []);
});

test('cancel() and fail() from within end() or abort() do nothing', () => {
  const ended = setUp(3);
  ended.body.start(ended.sink);
  ended.sink.during = (event) => {
    if (event !== 'end') return;
    ended.body.cancel(stop);
    ended.body.fail(stop);
  };
  ended.take('abc');
  assert.deepEqual(ended.sink.events, ['write', 'end']);
  assert.deepEqual(ended.said, ['wanted']);
  const failed = setUp(3);
  failed.body.start(failed.sink);
  failed.sink.during = () => failed.body.cancel(stop);
  failed.body.fail(stop);
  failed.body.fail(stop);
  assert.deepEqual(failed.sink.events, ['abort client-abort']);
  assert.deepEqual(failed.said, ['wanted']);
});

test('flush() is passed on while the body flows', () => {
  const { body, sink, take } = setUp(3);
  body.flush();
  body.start(sink);
  body.flush();
  take('abc');
  body.flush();
  assert.deepEqual(sink.events, ['flush', 'write', 'end']);
});

test("the peer's FIN ends a body that lasts until the close, and cuts off any other", () => {
  for (const [length, whole] of [
    [UNTIL_CLOSE, true],
    [CHUNKED, false],
    [3, false],
  ] as const) {
    const { body, sink } = setUp(length);
    body.start(sink);
    assert.equal(body.finish(), whole);
    assert.deepEqual(sink.events, whole ? ['end'] : []);
    assert.equal(body.over, whole);
  }
  const { body, sink, take } = setUp(3);
  body.start(sink);
  take('abc');
  assert.equal(body.finish(), true);
  assert.deepEqual(sink.events, ['write', 'end']);
});

test('broken framing throws and leaves it to the caller to fail the body', () => {
  const { body, sink, take } = setUp(CHUNKED);
  body.start(sink);
  assert.throws(() => take('3\r\nabcXX'), ProxyError);
  body.fail(stop);
  assert.equal(sink.events.at(-1), 'abort client-abort');
  assert.equal(body.over, true);
});

test('a body that broke off before anybody wanted it says so to the first who does, once', () => {
  const { body, sink, said } = setUp(5);
  body.fail(stop);
  body.fail(new ProxyError('server-reset', 'Cannot'));
  body.start(sink);
  body.start(new KeepSink());
  assert.deepEqual(sink.events, ['abort client-abort']);
  assert.deepEqual(said, []);
});
