import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandSource, listenerPlan, Received, turns, until, withNet } from '../../fixtures.test.ts';
import { answer, answerPaths, get, open, paths, post, TestClientEnv, textAnswer, type World } from './fixtures.test.ts';

test('a client that sends many requests and takes no answer makes a bounded amount wait', async () => {
  await withNet(async (net) => {
    for (const size of [3000, 60_000]) {
      const world = await open(net, { kind: 'unix', stalled: true });
      let most = 0;
      world.handler.atOnce = ({ reply }) => {
        reply.respond(textAnswer('x'.repeat(size)));
        most = Math.max(most, world.ours.writableLength);
        return true;
      };
      for (let i = 0; i < 100; i++) world.peer.write(get('/'.repeat(20)).repeat(20));
      await turns(200);
      assert.ok(most < 1_000_000, `${most} bytes wait after ${world.handler.handled.length} answers of ${size} bytes`);
      world.ours.destroy();
    }
  });
});

test('a client that takes no byte of an answer in time is cut off', async () => {
  await withNet(async (net) => {
    const world = await open(net, { kind: 'unix', stalled: true });
    world.peer.write(get('/a'));
    await until(() => world.handler.handled.length === 1);
    const source = new HandSource();
    world.handler.handled[0]!.reply.respond(answer({ body: source }));
    while (source.sink!.write(Buffer.alloc(50_000)));
    world.env.pass(5900);
    assert.equal(world.ours.destroyed, false);
    world.env.pass(6500);
    await until(() => world.closes.length === 1);
    assert.equal(world.handler.finishedOnes[0]!.reason, 'write-timeout');
    assert.deepEqual(source.events, ['start', 'cancel write-timeout']);
    assert.deepEqual(world.handler.handled[0]!.aborted, ['write-timeout']);
    assert.equal(world.handler.finishedOnes.length, 1);
  });
});

test('answers that are in the log already and that the client never takes end in a line of their own', async () => {
  await withNet(async (net) => {
    const world = await open(net, { kind: 'unix', stalled: true });
    world.peer.write(get('/a'));
    await until(() => world.handler.handled.length === 1);
    const source = new HandSource();
    world.handler.handled[0]!.reply.respond(answer({ body: source }));
    while (source.sink!.write(Buffer.alloc(50_000)));
    source.sink!.end();
    assert.equal(world.handler.finishedOnes.length, 1);
    world.env.pass(12_400);
    await until(() => world.closes.length === 1);
    const [sent, line] = world.handler.finishedOnes;
    assert.deepEqual([sent!.reason, line!.reason, line!.status], [undefined, 'write-timeout', 499]);
    assert.equal(world.handler.finishedOnes.length, 2);
  });
});

test('wherever the client resets, the exchange is written off once and nothing is left', async () => {
  const moments: readonly (readonly [string, (world: World) => Promise<void>, number])[] = [
    ['before a byte', async () => turns(), 0],
    ['within a head', async ({ peer }) => void peer.write('GET / HT'), 0],
    ['while it is worked on', async ({ peer }) => void peer.write(get('/a')), 1],
    ['within a body', async ({ peer }) => void peer.write(post('/a', 'abc', 10)), 1],
    [
      'between two',
      async ({ peer, got, handler }) => {
        handler.atOnce = answerPaths;
        peer.write(get('/a'));
        await got.until('</a>');
      },
      1,
    ],
    ['with others ahead', async ({ peer }) => void peer.write(get('/a') + get('/b') + get('/c')), 1],
  ];
  await withNet(async (net) => {
    for (const [when, act, finished] of moments) {
      const world = await open(net);
      await act(world);
      await until(() => world.handler.handled.length === finished);
      await turns();
      world.peer.resetAndDestroy();
      await until(() => world.ours.closed && world.closes.length === 1);
      assert.equal(world.handler.finishedOnes.length, finished, when);
      const [first] = world.handler.handled;
      if (first && first.exchange.status === 499) assert.deepEqual(first.aborted, ['client-abort'], when);
      first?.reply.respond(textAnswer('late'));
      first?.reply.inform(103, first.exchange.headers);
      world.env.pass(100_000);
      await turns();
      assert.equal(world.handler.finishedOnes.length, finished, when);
      assert.deepEqual(world.env.bugs, [], when);
    }
  });
});

test('onClose() after the close is told at once; drain() and destroy() then do nothing', async () => {
  await withNet(async (net) => {
    const world = await open(net);
    world.peer.destroy();
    await until(() => world.closes.length === 1);
    world.connection.onClose(() => world.closes.push(2));
    assert.deepEqual(world.closes, [1, 2]);
    world.connection.drain();
    world.connection.destroy();
    world.env.pass(100_000);
  });
});

test('drain() closes an idle connection now and a busy one after its answer', async () => {
  await withNet(async (net) => {
    const idle = await open(net);
    idle.connection.drain();
    await until(() => idle.got.ended);
    const busy = await open(net);
    busy.peer.write(get('/a') + get('/b'));
    await until(() => busy.handler.handled.length === 1);
    busy.connection.drain();
    await turns();
    assert.equal(busy.got.ended, false);
    answerPaths(busy.handler.handled[0]!);
    await until(() => busy.got.ended);
    assert.match(busy.got.text, /Connection: close/);
    assert.deepEqual(paths(busy), ['/a']);
  });
});

test('a handler that throws costs its client the answer and nobody else', async () => {
  await withNet(async (net) => {
    const world = await open(net);
    world.handler.atOnce = () => {
      throw new TypeError('a defect');
    };
    world.peer.write(get('/a'));
    await until(() => world.got.ended);
    assert.ok(world.got.text.startsWith('HTTP/1.1 500 '));
    assert.ok(!world.got.text.includes('a defect'));
    assert.equal(world.env.bugs.length, 1);
    assert.deepEqual(
      world.handler.finishedOnes.map((each) => each.reason),
      ['internal-error'],
    );
  });
});

test('1,000 clients that connect and go leave nothing', async () => {
  await withNet(async (net) => {
    const env = new TestClientEnv();
    const worlds: World[] = [];
    for (let round = 0; round < 20; round++) {
      const some = await Promise.all(
        Array.from({ length: 50 }, () => open(net, { env, kind: round % 2 === 0 ? 'tcp' : 'unix' })),
      );
      for (const [i, { peer }] of some.entries()) {
        if (i % 4 === 1) peer.write('GET /');
        if (i % 4 === 2) peer.write(get('/a'));
        if (i % 4 === 3) peer.write(post('/a', 'abc', 1000));
      }
      if (round % 3 === 0) await turns(4);
      for (const [i, { peer }] of some.entries())
        if (i % 2 === 0 || round % 2 === 1) peer.destroy();
        else peer.resetAndDestroy();
      worlds.push(...some);
    }
    const { handled, finishedOnes } = env.handler;
    await turns();
    // Who has only closed his own side is still owed an answer.
    for (const { reply } of handled) reply.respond(answer());
    await until(() => worlds.every(({ closes }) => closes.length === 1));
    for (const { reply } of handled) reply.respond(answer());
    env.pass(100_000);
    assert.deepEqual(env.bugs, []);
    assert.equal(finishedOnes.length, handled.length);
    assert.equal(new Set(finishedOnes).size, handled.length);
  });
});

test('a client that takes its time for the rest of an answer gets all of it, and the answers behind', async () => {
  const timeouts = { ...listenerPlan().timeouts, writeMs: 60_000 };
  await withNet(async (net) => {
    for (const behind of ['', get('/b')]) {
      const world = await open(net, { kind: 'unix', stalled: true, plan: { timeouts } });
      world.handler.atOnce = ({ exchange, reply }) => {
        reply.respond(textAnswer(exchange.target.path === '/a' ? 'x'.repeat(1_000_000) : '<b>'));
        return true;
      };
      world.peer.write(get('/a') + behind);
      await until(() => world.handler.handled.length === 1 && world.ours.writableLength > 0);
      await turns();
      world.env.pass(30_000); // Longer than an idle connection lasts, but not than a write may take.
      const got = new Received(world.peer);
      await until(() => got.length > 1_000_000 || got.ended || got.closed);
      assert.equal((got.text.match(/x/g) ?? []).length, 1_000_000, JSON.stringify(behind));
      if (behind !== '') await until(() => got.text.endsWith('<b>') || got.ended || got.closed);
      assert.equal(got.text.endsWith('<b>'), behind !== '', JSON.stringify(behind));
    }
  });
});
