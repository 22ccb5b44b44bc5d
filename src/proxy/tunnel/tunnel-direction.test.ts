import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProxyError } from '../../core/errors.ts';
import { closeFrame } from '../../wire/websocket/close-frame.ts';
import { FrameFollower } from '../../wire/websocket/frame-follower.ts';
import { HandSource, KeepSink } from '../fixtures.test.ts';
import { frame } from './fixtures.test.ts';
import { TunnelDirection } from './tunnel-direction.ts';

const last = closeFrame(1001);
const error = new ProxyError('tunnel-drained', 'Cannot go on: a test');

class Direction {
  readonly source: HandSource = new HandSource();
  readonly sink: KeepSink = new KeepSink();
  readonly direction: TunnelDirection;
  told = 0;

  constructor(frames: FrameFollower | undefined = new FrameFollower()) {
    this.direction = new TunnelDirection(this.source, { silent: () => void this.told++ }, frames);
    this.direction.start(this.sink);
  }

  send(bytes: Buffer): boolean {
    return this.source.sink!.write(bytes);
  }
}

test('wherever the last frame is asked for and however bytes are cut, whole frames come, then the last, then nothing', () => {
  const texts = fc.array(fc.string({ unit: 'binary-ascii', maxLength: 100 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(texts, fc.array(fc.nat(700), { maxLength: 8 }), fc.nat(8), (list, places, asked) => {
      const frames = list.map(frame);
      const bytes = Buffer.concat(frames);
      const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
      const { direction, sink, source } = new Direction();
      let at = 0;
      for (const [i, end] of ends.entries()) {
        if (i === Math.min(asked, ends.length - 1)) direction.sayLast(last);
        source.sink!.write(bytes.subarray(at, end));
        at = end;
      }
      const from = ends[Math.min(asked, ends.length - 1) - 1] ?? 0;
      let whole = 0;
      for (const each of frames) if (whole < from) whole += each.length;
      assert.deepEqual(sink.bytes, Buffer.concat([bytes.subarray(0, whole), last]));
    }),
    { numRuns: 300 },
  );
});

test('a source that ends, breaks off or is cancelled tells so once, and nothing more gets through', () => {
  for (const [how, told] of [
    ['end', 'end'],
    ['abort', 'abort tunnel-drained'],
  ] as const) {
    const { source, sink, direction } = new Direction();
    if (how === 'end') source.sink!.end();
    else source.sink!.abort(error);
    source.sink!.write(frame('late'));
    source.sink!.end();
    direction.finish(error);
    direction.cancel(error);
    assert.deepEqual(sink.events, [told]);
    assert.deepEqual(source.events, ['start'], 'it is over: nothing is left to be cancelled');
  }
  const cancelled = new Direction();
  cancelled.direction.cancel(error);
  cancelled.direction.finish(error);
  assert.deepEqual(cancelled.source.events, ['start', 'cancel tunnel-drained']);
  assert.deepEqual(cancelled.sink.events, []);
  assert.equal(cancelled.told, 1);
});

test('what breaks off before anybody starts it is told to who does', () => {
  for (const breakOff of ['abort', 'finish'] as const) {
    const source = new HandSource();
    const direction = new TunnelDirection(source, { silent: () => undefined }, undefined);
    direction[breakOff](error);
    const sink = new KeepSink();
    direction.start(sink);
    assert.deepEqual(sink.events, ['abort tunnel-drained'], breakOff);
  }
});

test('what is no WebSocket after all goes through, and is broken off at the end with nothing put into it', () => {
  const endless = Buffer.from([0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]);
  const world = new Direction();
  world.send(endless);
  world.direction.sayLast(last);
  world.send(Buffer.from('still'));
  assert.deepEqual(world.sink.bytes, Buffer.concat([endless, Buffer.from('still')]));
  world.direction.finish(error);
  assert.equal(world.sink.events.at(-1), 'abort tunnel-drained');
});
