import assert from 'node:assert/strict';
import path from 'node:path';

import { exchangeOf, HandSource, headersOf, KeepSink, turns, until } from '../../fixtures.test.ts';
import { pattern } from '../../pattern.test.ts';
import { workOf } from '../work-fixtures.test.ts';
import { buffer } from './buffer.ts';
import { ask, buffered, codeOf, gone, PouringSource, SlowSink } from './fixtures.test.ts';

// --- requests --------------------------------------------------------------------------------------------------------

for (const size of [1, 9999, 10_000, 10_001, 80_000, 600_000, 1_010_000]) {
  buffered(`a request of ${size} bytes is taken whole, then sent with its length`, async (world) => {
    const bytes = pattern(size);
    const source = new PouringSource(bytes);
    const { work, verdict } = ask(world, source);
    assert.equal(await verdict, undefined);
    assert.equal(work.body!.length, size);
    const sink = new KeepSink();
    work.body!.start(sink);
    await until(() => sink.events.includes('end'));
    assert.ok(sink.bytes.equals(bytes));
  });
}

buffered('a request that is here already takes no promise, and an empty one has no body', async (world) => {
  const here = ask(world, new PouringSource(pattern(100)));
  assert.equal(here.verdict, undefined);
  here.work.body!.cancel(gone);
  const empty = ask(world, new PouringSource(Buffer.alloc(0)));
  assert.equal(empty.verdict, undefined);
  assert.equal(empty.work.body, undefined);
});

buffered('a server that takes a buffered request slowly gets all of it', async (world) => {
  const bytes = pattern(300_000);
  const { work, verdict } = ask(world, new PouringSource(bytes));
  await verdict;
  const sink = new SlowSink();
  work.body!.start(sink);
  while (!sink.events.includes('end')) {
    await turns(1);
    work.body!.resume();
  }
  assert.ok(sink.bytes.equals(bytes));
});

buffered('trailers stay: then the request goes on in chunks', async (world) => {
  const source = new PouringSource(pattern(50), undefined, () => source.sink!.end(headersOf(['A', 'b'])));
  const { work } = ask(world, source);
  assert.equal(work.body!.length, undefined);
  const sink = new KeepSink();
  work.body!.start(sink);
  assert.equal(sink.trailers?.get('A'), 'b');
});

buffered('a request over what may be held is refused: at once where it says so', async (world) => {
  const said = new PouringSource(pattern(100), 1_010_001);
  const { work, verdict } = ask(world, said, { expect: true });
  assert.equal(codeOf(await verdict), 'body-too-large');
  assert.deepEqual(said.events, []);
  assert.deepEqual(work.informed, []);
  const unsaid = new PouringSource(pattern(1_010_001));
  assert.equal(codeOf(await ask(world, unsaid).verdict), 'body-too-large');
  assert.equal(unsaid.events.at(-1), 'cancel body-too-large');
});

buffered('a client that waits for a 100 gets it from us, and the server is not asked', async (world) => {
  const { work, verdict } = ask(world, new PouringSource(pattern(100)), { expect: true });
  await verdict;
  assert.deepEqual(work.informed, [100]);
  assert.equal(work.expectContinue, false);
  work.body!.cancel(gone);
});

buffered('tunnels and requests without a body are not looked at', async (world) => {
  const hooks = buffer.create(world.config(), world.env);
  const tunnel = new HandSource();
  const work = workOf({ exchange: exchangeOf({ body: tunnel, upgrade: 'websocket' }) });
  assert.equal(hooks.request!(work), undefined);
  assert.equal(work.body, tunnel);
  assert.equal(hooks.request!(workOf()), undefined);
});

buffered('a disk that takes nothing, or enough of it taken by others, is a 503', async (world) => {
  const missing = path.join(world.folder, 'missing');
  const noFolder = new PouringSource(pattern(500_000));
  assert.equal(codeOf(await ask(world, noFolder, { path: missing }).verdict), 'buffer-failed');
  assert.equal(noFolder.events.at(-1), 'cancel buffer-failed');
  const full = new PouringSource(pattern(500_000));
  assert.equal(codeOf(await ask(world, full, { total: 200_000 }).verdict), 'buffer-failed');
});

buffered('a request that breaks off frees what it held', async (world) => {
  const source = new PouringSource(pattern(400_000), undefined, () => source.sink!.abort(gone));
  assert.equal(codeOf(await ask(world, source).verdict), 'client-abort');
});
