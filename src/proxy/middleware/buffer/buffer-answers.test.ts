import assert from 'node:assert/strict';

import { HandSource, headersOf, KeepSink, turns, until } from '../../fixtures.test.ts';
import { pattern } from '../../pattern.test.ts';
import { answerOf, workOf } from '../work-fixtures.test.ts';
import { buffer } from './buffer.ts';
import { answer, buffered, gone, PouringSource, SlowSink } from './fixtures.test.ts';

// --- answers ---------------------------------------------------------------------------------------------------------

buffered('an answer goes straight through to a client that takes it', async (world) => {
  const source = new HandSource(3);
  const { body } = answer(world, source);
  const sink = new KeepSink();
  body!.start(sink);
  assert.equal(body!.length, 3);
  source.sink!.write(Buffer.from('a'));
  source.sink!.flush();
  source.sink!.write(Buffer.from('bc'));
  source.sink!.end(headersOf(['T', 'x']));
  assert.deepEqual(sink.events, ['write', 'flush', 'write', 'end']);
  assert.equal(sink.trailers?.get('t'), 'x');
});

for (const size of [5000, 200_000, 1_000_000]) {
  buffered(`a server is done with ${size} bytes long before a slow client is`, async (world) => {
    const bytes = pattern(size);
    const source = new PouringSource(bytes);
    const { body } = answer(world, source);
    const sink = new SlowSink();
    body!.start(sink);
    await until(() => source.given === size);
    assert.ok(sink.bytes.length <= 7000);
    while (!sink.events.includes('end')) {
      await turns(1);
      body!.resume();
    }
    assert.ok(sink.bytes.equals(bytes));
  });
}

for (const [why, parts] of [
  ['of its own', { response: { memory: 10_000, disk: 100_000 } }],
  ['of all', { total: 100_000 }],
  ['of none', { path: '/nowhere/at/all' }],
] as const) {
  buffered(`past the limit ${why} the server waits, and the client still gets everything`, async (world) => {
    const bytes = pattern(900_000);
    const source = new PouringSource(bytes);
    const { body } = answer(world, source, parts);
    const sink = new SlowSink();
    body!.start(sink);
    await turns(50);
    assert.ok(source.given < 400_000, `${source.given} bytes were taken`);
    while (!sink.events.includes('end')) {
      await turns(1);
      body!.resume();
    }
    assert.ok(sink.bytes.equals(bytes));
  });
}

buffered('a client that comes and goes gets every byte in order', async (world) => {
  const bytes = pattern(700_000);
  const source = new PouringSource(bytes);
  const { body } = answer(world, source, { response: { memory: 10_000, disk: 150_000 } });
  const sink = new KeepSink();
  let step = 0;
  sink.during = () => (sink.ready = ++step % 5 !== 0);
  body!.start(sink);
  while (!sink.events.includes('end')) {
    await turns(1 + (step % 3));
    body!.resume();
  }
  assert.ok(sink.bytes.equals(bytes));
});

buffered('where the server breaks off the client gets what came, then the end', async (world) => {
  const bytes = pattern(100_000);
  const source = new PouringSource(bytes, undefined, () => source.sink!.abort(gone));
  const { body } = answer(world, source);
  const sink = new SlowSink();
  body!.start(sink);
  while (!sink.events.includes('abort client-abort')) {
    await turns(1);
    body!.resume();
  }
  assert.ok(sink.bytes.equals(bytes));
});

buffered('event streams, own answers and what says so are not held', async (world) => {
  const events = new HandSource();
  assert.equal(answer(world, events, {}, 'text/event-stream; charset=utf-8').body, events);
  const hooks = buffer.create(world.config(), world.env);
  const said = answerOf(200, { body: events, headers: headersOf(['X-Accel-Buffering', 'no']) });
  const own = answerOf(200, { body: events, own: true });
  for (const each of [said, own]) {
    void hooks.response!(each, workOf());
    assert.equal(each.body, events);
  }
});

buffered('each side can be left out', async (world) => {
  assert.equal(buffer.create(world.config({ request: undefined }), world.env).request, undefined);
  assert.equal(buffer.create(world.config({ response: undefined }), world.env).response, undefined);
});
