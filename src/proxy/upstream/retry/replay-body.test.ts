import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProxyError } from '../../../core/errors.ts';
import { Headers } from '../../../core/headers.ts';
import { HandSource, KeepSink } from '../../fixtures.test.ts';
import { ReplayBody } from './replay-body.ts';
import { ReplayMemory } from './replay-memory.ts';

const gone = new ProxyError('server-reset', 'Cannot');

interface World {
  readonly source: HandSource;
  readonly memory: ReplayMemory;
  readonly body: ReplayBody;
  /** One more attempt, begun. */
  readonly attempt: (ready?: boolean) => { readonly sink: KeepSink; readonly part: ReturnType<ReplayBody['again']> };
}

function worldOf(limit: number, { length, most = 1_000_000 }: { length?: number; most?: number } = {}): World {
  const source = new HandSource(length);
  const memory = new ReplayMemory(most);
  const body = new ReplayBody(source, limit, memory);
  const attempt: World['attempt'] = (ready = true) => {
    const sink = new KeepSink();
    sink.ready = ready;
    const part = body.again();
    part.start(sink);
    return { sink, part };
  };
  return { source, memory, body, attempt };
}

test('each attempt gets the whole body, and what still comes', () => {
  const { source, body, attempt, memory } = worldOf(100);
  const first = attempt();
  assert.deepEqual(source.events, ['start']);
  assert.ok(body.write(Buffer.from('abc')));
  first.part.cancel(gone);
  const second = attempt();
  assert.equal(second.sink.bytes.toString(), 'abc');
  assert.equal(second.sink.events.at(-1), 'flush');
  assert.ok(body.write(Buffer.from('def')));
  const third = attempt();
  const trailers = new Headers();
  body.end(trailers);
  assert.equal(third.sink.bytes.toString(), 'abcdef');
  assert.equal(third.sink.trailers, trailers);
  const fourth = attempt();
  assert.equal(fourth.sink.bytes.toString(), 'abcdef');
  assert.equal(fourth.sink.trailers, trailers);
  assert.equal(first.sink.bytes.toString(), 'abc');
  assert.deepEqual(source.events, ['start']);
  body.settle(gone);
  assert.equal(memory.used, 0);
});

test('what is lent is copied', () => {
  const { body, attempt } = worldOf(100);
  attempt();
  const lent = Buffer.from('abc');
  body.write(lent);
  lent.fill('x');
  assert.equal(attempt().sink.bytes.toString(), 'abc');
});

test('past its limit nothing is kept, the attempt goes on, and no other could have it', () => {
  const { body, attempt, memory } = worldOf(5);
  const { sink } = attempt();
  body.write(Buffer.from('abc'));
  assert.ok(body.replayable && memory.used > 0);
  body.write(Buffer.from('def'));
  assert.ok(!body.replayable && !body.outOfMemory);
  assert.equal(memory.used, 0);
  body.write(Buffer.from('ghi'));
  body.end();
  assert.equal(sink.bytes.toString(), 'abcdefghi');
});

test('without memory nothing is kept, and that is said', () => {
  const { body, attempt, memory } = worldOf(50_000, { most: 5000 });
  const { sink } = attempt();
  body.write(Buffer.alloc(100));
  assert.ok(body.replayable);
  body.write(Buffer.alloc(5000));
  assert.ok(!body.replayable && body.outOfMemory);
  assert.equal(memory.used, 0);
  assert.equal(sink.bytes.length, 5100);
});

test('a body whose length is known takes that much memory, no more', () => {
  const { body, attempt, memory } = worldOf(50_000, { length: 10 });
  attempt();
  body.write(Buffer.from('abc'));
  assert.equal(memory.used, 10);
  body.write(Buffer.from('defghij'));
  assert.equal(memory.used, 10);
});

test('between two attempts the source waits, and goes on with the next one', () => {
  const { source, body, attempt } = worldOf(100);
  const first = attempt();
  body.write(Buffer.from('abc'));
  first.part.cancel(gone);
  assert.equal(body.write(Buffer.from('def')), false);
  assert.deepEqual(source.events, ['start']);
  const { sink } = attempt();
  assert.equal(sink.bytes.toString(), 'abcdef');
  assert.deepEqual(source.events, ['start', 'resume']);
  assert.ok(body.write(Buffer.from('ghi')));
  assert.equal(sink.bytes.toString(), 'abcdefghi');
});

test('a slow server gets what is kept piece by piece, in order with what comes meanwhile', () => {
  const { source, body, attempt } = worldOf(100_000);
  const first = attempt();
  body.write(Buffer.alloc(40_000, 'a'));
  first.part.cancel(gone);
  const { sink, part } = attempt(false);
  assert.equal(sink.bytes.length, 16_384);
  assert.equal(body.write(Buffer.from('tail')), false);
  part.resume();
  part.resume();
  assert.equal(sink.bytes.length, 40_004);
  assert.equal(source.events.filter((event) => event === 'resume').length, 0);
  sink.ready = true;
  part.resume();
  assert.deepEqual(source.events, ['start', 'resume']);
  assert.equal(sink.bytes.subarray(40_000).toString(), 'tail');
});

test('an attempt that was followed by another one is heard no more', () => {
  const { source, body, attempt } = worldOf(100);
  const first = attempt();
  body.write(Buffer.from('abc'));
  const second = attempt();
  first.part.cancel(gone);
  first.part.resume();
  body.write(Buffer.from('def'));
  assert.equal(second.sink.bytes.toString(), 'abcdef');
  body.settle(gone);
  first.part.cancel(gone);
  assert.deepEqual(source.events, ['start']);
  second.part.cancel(gone);
  assert.deepEqual(source.events, ['start', 'cancel server-reset']);
});

test('settle() gives up what no attempt has, and leaves it to the one that has it', () => {
  const left = worldOf(100);
  left.attempt().part.cancel(gone);
  left.body.settle(gone);
  left.body.settle(gone);
  assert.deepEqual(left.source.events, ['start', 'cancel server-reset']);

  const whole = worldOf(100);
  whole.attempt();
  whole.body.write(Buffer.from('abc'));
  whole.body.end();
  whole.body.settle(gone);
  assert.deepEqual(whole.source.events, ['start']);
  assert.ok(!whole.body.replayable);

  const early = worldOf(100_000);
  early.attempt().part.cancel(gone);
  early.body.write(Buffer.alloc(40_000));
  const { sink, part } = early.attempt(false);
  early.body.settle(gone);
  assert.ok(early.memory.used >= 0);
  sink.ready = true;
  part.resume();
  assert.equal(sink.bytes.length, 40_000);
  assert.equal(early.memory.used, 0);
  assert.ok(early.body.write(Buffer.from('abc')));
  early.body.end();
  assert.equal(sink.bytes.length, 40_003);
  assert.equal(sink.events.at(-1), 'end');
});

test('a source that breaks off does so for the attempt that has it and for the next', () => {
  const { source, body, attempt } = worldOf(100);
  const first = attempt();
  body.write(Buffer.from('abc'));
  body.abort(new ProxyError('client-abort', 'Cannot'));
  assert.equal(first.sink.events.at(-1), 'abort client-abort');
  const { sink } = attempt();
  assert.deepEqual([sink.bytes.toString(), sink.events.at(-1)], ['abc', 'abort client-abort']);
  body.settle(gone);
  assert.deepEqual(source.events, ['start']);
});

/** A body in the hands of chance: a source that writes, attempts that fail and begin, servers that are slow. */
class Played {
  readonly world: World;
  now: ReturnType<World['attempt']>;
  attached = true;
  sent = 0;
  #paused = false;

  constructor(limit: number) {
    this.world = worldOf(limit);
    this.now = this.world.attempt();
    this.world.source.during = (event) => event === 'resume' && (this.#paused = false);
  }

  write(bytes: number): void {
    if (this.#paused) return;
    this.#paused = !this.world.body.write(Buffer.from(Array.from({ length: bytes }, () => this.sent++ % 251)));
  }

  fail(): void {
    if (!this.attached || !this.world.body.replayable) return;
    this.now.part.cancel(gone);
    this.attached = false;
  }

  again(): void {
    if (!this.world.body.replayable) return;
    this.now = this.world.attempt();
    this.attached = true;
  }

  slow(): void {
    this.now.sink.ready = false;
  }

  resume(): void {
    if (!this.attached) return;
    this.now.sink.ready = true;
    this.now.part.resume();
  }

  end(): void {
    if (!this.attached) this.again();
    this.resume();
    this.write(1);
    this.world.body.end();
    this.world.body.settle(gone);
    this.now.part.resume();
  }
}

test('whatever fails when, the last attempt has every byte once and in order, and no memory is left taken', () => {
  const write = fc.record({ kind: fc.constant('write' as const), bytes: fc.integer({ min: 1, max: 9000 }) });
  const other = fc.record({ kind: fc.constantFrom('fail', 'again', 'slow', 'resume'), bytes: fc.constant(0) });
  fc.assert(
    fc.property(
      fc.array(fc.oneof(write, other), { maxLength: 40 }),
      fc.constantFrom(10_000, 1_000_000),
      (steps, limit) => {
        const played = new Played(limit);
        for (const { kind, bytes } of steps) played[kind](bytes);
        played.end();
        const { sink } = played.now;
        const whole = Buffer.from(Array.from({ length: played.sent }, (_, i) => i % 251));
        assert.ok(sink.bytes.equals(whole), `${sink.bytes.length} of ${played.sent}`);
        assert.ok(sink.events.includes('end'));
        assert.equal(played.world.memory.used, 0);
      },
    ),
  );
});
