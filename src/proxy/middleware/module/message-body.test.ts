import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { BodySource } from '../../../core/body.ts';
import { ProxyError } from '../../../core/errors.ts';
import { HandSource, KeepSink, TestEnv, turns } from '../../fixtures.test.ts';
import { pattern } from '../../pattern.test.ts';
import { bodyEnv, gone } from './fixtures.test.ts';
import { MessageBody } from './message-body.ts';

const tooLarge = new ProxyError('body-too-large', 'Cannot');

function bodyOf(source: BodySource | undefined): {
  body: MessageBody;
  env: TestEnv;
  failures: unknown[];
  begun: number[];
} {
  const env = new TestEnv();
  const failures: unknown[] = [];
  const begun: number[] = [];
  const body = new MessageBody(source, {
    env: bodyEnv(env, failures),
    onStart: () => void begun.push(1),
    discard: (each, _, reason) => each.cancel(reason),
    tooLarge: () => tooLarge,
  });
  return { body, env, failures, begun };
}

test('a body that is not looked at goes on as it is', () => {
  const source = new HandSource(5);
  const { body, begun } = bodyOf(source);
  assert.equal(body.settle(), source);
  assert.deepEqual([source.events, begun], [[], []]);
});

test('a stream that was only asked for takes nothing away, and cannot be read afterwards', async () => {
  const source = new HandSource(5);
  const { body } = bodyOf(source);
  const stream = body.stream!;
  assert.equal(body.settle(), source);
  await assert.rejects(stream.getReader().read(), /it has gone on without this stream/);
  assert.deepEqual(source.events, []);
});

test('a stream asks for a chunk when one is read, and gives a copy of its own', async () => {
  const source = new HandSource();
  const { body, begun } = bodyOf(source);
  const reader = body.stream!.getReader();
  await turns();
  assert.deepEqual(source.events, []);
  const first = reader.read();
  await turns();
  assert.deepEqual([source.events, begun], [['start'], [1]]);
  const lent = Buffer.from('one');
  assert.equal(source.sink!.write(lent), false);
  lent.fill(0);
  assert.equal(Buffer.from((await first).value!).toString(), 'one');
  assert.equal(source.sink!.write(Buffer.from('two')), false, 'what is on its way may still come');
  await turns();
  assert.deepEqual(source.events, ['start']);
  assert.equal(Buffer.from((await reader.read()).value!).toString(), 'two');
  const third = reader.read();
  await turns();
  assert.deepEqual(source.events, ['start', 'resume']);
  source.sink!.end();
  assert.equal((await third).done, true);
  assert.throws(() => body.settle(), /it was read from its stream; set another one/);
});

test('what breaks off reaches who reads, and who reads no more ends the source', async () => {
  const broken = new HandSource();
  const first = bodyOf(broken).body.stream!.getReader();
  const read = first.read();
  await turns();
  broken.sink!.abort(gone);
  await assert.rejects(read, (error) => error === gone);
  const left = new HandSource();
  const second = bodyOf(left).body.stream!.getReader();
  void second.read();
  await turns();
  await second.cancel();
  assert.deepEqual(left.events, ['start', 'cancel middleware-failed']);
});

test('a body that was read whole goes on from memory, as often as it is asked for', async () => {
  const bytes = pattern(200_000);
  const source = new HandSource();
  const { body } = bodyOf(source);
  const read = body.bytes();
  for (let at = 0; at < bytes.length; at += 777) source.sink!.write(bytes.subarray(at, at + 777));
  assert.throws(() => body.settle(), /it is being read/);
  source.sink!.end();
  assert.ok((await read).equals(bytes));
  assert.ok((await body.bytes()).equals(bytes));
  const sink = new KeepSink();
  sink.ready = false;
  const on = body.settle()!;
  assert.equal(on.length, bytes.length);
  on.start(sink);
  assert.equal(sink.bytes.length, 65_536);
  while (!sink.events.includes('end')) on.resume();
  assert.ok(sink.bytes.equals(bytes));
});

test('more than the limit is refused: at once where the message says so, else as soon as it came', async () => {
  const said = new HandSource(11);
  const { body } = bodyOf(said);
  await assert.rejects(body.bytes({ limit: 10 }), (error) => error === tooLarge);
  assert.deepEqual(said.events, []);
  assert.equal(body.settle(), said, 'nothing of it was taken');
  const unsaid = new HandSource();
  const read = bodyOf(unsaid).body.bytes({ limit: 10 });
  unsaid.sink!.write(Buffer.alloc(11));
  await assert.rejects(read, (error) => error === tooLarge);
  assert.deepEqual(unsaid.events, ['start', 'cancel body-too-large']);
});

test('bytes that are set are their own, and nothing is an empty body', async () => {
  const { body } = bodyOf(undefined);
  assert.equal(body.stream, undefined);
  assert.equal((await body.bytes()).length, 0);
  const mine = Buffer.from('mine');
  body.set(mine);
  mine.fill(0);
  const sink = new KeepSink();
  body.settle()!.start(sink);
  assert.equal(sink.bytes.toString(), 'mine');
  for (const nothing of ['', undefined]) {
    const other = bodyOf(new HandSource(3)).body;
    other.set(nothing);
    assert.equal(other.settle(), undefined);
  }
  for (const odd of [5, {}, ['a']])
    assert.throws(() => bodyOf(undefined).body.set(odd as never), /Cannot set the body/);
});

test('an iterable gives the next chunk when the one before was taken, and is ended with the exchange', async () => {
  const given: string[] = [];
  let ended = '';
  async function* parts(): AsyncGenerator<string> {
    try {
      for (const part of ['a', 'b', 'c']) {
        given.push(part);
        yield part;
      }
    } finally {
      ended = 'yes';
    }
  }
  const { body } = bodyOf(undefined);
  body.set(parts());
  const source = body.settle()!;
  const sink = new KeepSink();
  sink.ready = false;
  source.start(sink);
  await turns();
  assert.deepEqual(given, ['a']);
  source.resume();
  await turns();
  assert.deepEqual(
    [given, sink.events],
    [
      ['a', 'b'],
      ['write', 'flush', 'write'],
    ],
  );
  source.cancel(gone);
  await turns();
  assert.deepEqual([given, ended, sink.events.length], [['a', 'b'], 'yes', 3]);
});

for (const [how, odd, why] of [
  ['throws', brokenParts(), /not today/],
  ['gives what is no bytes', oddParts(), /a part of it is a number/],
] as const) {
  test(`an iterable that ${how} breaks the message off`, async () => {
    const { body, failures } = bodyOf(undefined);
    body.set(odd as AsyncIterable<string>);
    const sink = new KeepSink();
    body.settle()!.start(sink);
    await turns();
    assert.deepEqual(sink.events, ['write', 'flush', 'abort middleware-failed']);
    assert.match(String(failures), why);
  });
}

async function* brokenParts(): AsyncGenerator<string> {
  yield 'a';
  throw new Error('not today');
}

async function* oddParts(): AsyncGenerator {
  yield 'a';
  yield 5;
}

test('a stream that is silent for too long breaks off, and its maker is told', async () => {
  const { body, env, failures } = bodyOf(undefined);
  let cancelled: unknown;
  body.set(new ReadableStream({ cancel: (reason) => void (cancelled = reason) }));
  const sink = new KeepSink();
  body.settle()!.start(sink);
  await turns();
  env.pass(5500);
  await turns();
  assert.deepEqual(sink.events, ['abort middleware-timeout']);
  assert.equal((cancelled as ProxyError).code, 'middleware-timeout');
  assert.equal(failures.length, 1);
});

test('what a transform reads from is ended with what took its place', async () => {
  const source = new HandSource();
  const { body } = bodyOf(source);
  body.set(body.stream!.pipeThrough(new TransformStream()));
  const sink = new KeepSink();
  const on = body.settle()!;
  on.start(sink);
  await turns();
  source.sink!.write(Buffer.from('a'));
  await turns();
  assert.equal(sink.bytes.toString(), 'a');
  on.cancel(gone);
  await turns();
  assert.equal(source.events.at(-1)!.slice(0, 6), 'cancel');
});

test('an end releases all that has not gone on', async () => {
  const untouched = new HandSource();
  bodyOf(untouched).body.end(gone);
  assert.deepEqual(untouched.events, ['cancel client-abort']);
  const reading = new HandSource();
  const { body } = bodyOf(reading);
  const read = body.bytes();
  body.end(gone);
  await assert.rejects(read, (error) => error === gone);
  assert.deepEqual(reading.events, ['start', 'cancel client-abort']);
  const settled = new HandSource();
  const other = bodyOf(settled).body;
  other.settle();
  other.end(gone);
  assert.deepEqual(settled.events, []);
});
