import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyDecoder } from '../wire/http1/body-decoder.ts';
import { UNTIL_CLOSE } from '../wire/http1/framing.ts';
import { DecodedBody } from './decoded-body.ts';
import { KeepSink, listenerPlan } from './fixtures.test.ts';
import { ProgressWatch } from './progress-watch.ts';

function setUp(excused: boolean): {
  watch: ProgressWatch;
  body: DecodedBody;
  sink: KeepSink;
  come(bytes: number): void;
} {
  const reader = { bodyWanted: () => undefined, bodyCancelled: () => undefined };
  const body = new DecodedBody(UNTIL_CLOSE, new BodyDecoder(UNTIL_CLOSE, listenerPlan().limits, 'server'), reader);
  const watch = new ProgressWatch();
  const sink = new KeepSink();
  body.start(sink);
  watch.start(body, excused);
  const come = (bytes: number): void => {
    body.take(Buffer.alloc(bytes), 0);
  };
  return { watch, body, sink, come };
}

test('look() counts the bytes since the last look', () => {
  const { watch, body, come } = setUp(false);
  come(10);
  come(5);
  assert.equal(watch.look(body), 15);
  assert.equal(watch.look(body), 0);
  come(1);
  assert.equal(watch.look(body), 1);
});

test('an excused first window says nothing, the second does', () => {
  const { watch, body } = setUp(true);
  assert.equal(watch.look(body), undefined);
  assert.equal(watch.look(body), 0);
});

test('a window in which the sink asked to wait says nothing of the peer, even if it went on meanwhile', () => {
  const { watch, body, sink, come } = setUp(false);
  sink.ready = false;
  come(1);
  body.resume();
  sink.ready = true;
  assert.equal(watch.look(body), undefined);
  assert.equal(watch.look(body), 0);
});

test('as long as the sink waits the peer is excused, and for the window in which it goes on', () => {
  const { watch, body, sink, come } = setUp(false);
  sink.ready = false;
  come(1);
  for (let i = 0; i < 5; i++) assert.equal(watch.look(body), undefined);
  sink.ready = true;
  body.resume();
  assert.equal(watch.look(body), undefined);
  assert.equal(watch.look(body), 0);
});

test('a body that nobody has started is nobody late', () => {
  const reader = { bodyWanted: () => undefined, bodyCancelled: () => undefined };
  const body = new DecodedBody(5, new BodyDecoder(5, listenerPlan().limits, 'client'), reader);
  const watch = new ProgressWatch();
  watch.start(body, true);
  for (let i = 0; i < 3; i++) assert.equal(watch.look(body), undefined);
  body.start(new KeepSink());
  assert.equal(watch.look(body), undefined);
  assert.equal(watch.look(body), 0);
});
