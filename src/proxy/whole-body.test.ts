import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeepSink } from './fixtures.test.ts';
import { WholeBody } from './whole-body.ts';

test('WholeBody gives its bytes once, and none after cancel()', () => {
  const sink = new KeepSink();
  const body = new WholeBody('üx');
  assert.equal(body.length, 3);
  body.start(sink);
  body.start(sink);
  body.resume();
  assert.deepEqual(sink.events, ['write', 'end']);
  const cancelled = new WholeBody('x');
  cancelled.cancel();
  cancelled.start(sink);
  assert.deepEqual(sink.events, ['write', 'end']);
});

test('WholeBody says nothing more to a sink that cancels it within write()', () => {
  const sink = new KeepSink();
  const body = new WholeBody('x');
  sink.during = () => body.cancel();
  body.start(sink);
  assert.deepEqual(sink.events, ['write']);
});
