import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandSource, KeepSink, listenerPlan, turns, until, withNet, type Net } from '../../fixtures.test.ts';
import { answer, get, open, post, textAnswer, type Handled, type World } from './fixtures.test.ts';

const { timeouts } = listenerPlan();

/** A request that is being worked on, its body flowing into a sink. */
async function uploading(net: Net, bodyMinRate = 0): Promise<{ world: World; handled: Handled; sink: KeepSink }> {
  const world = await open(net, { plan: { timeouts: { ...timeouts, bodyMinRate } } });
  const sink = new KeepSink();
  world.handler.atOnce = ({ exchange }) => {
    exchange.body?.start(sink);
    return false;
  };
  world.peer.write(post('/a', '', 1000));
  await until(() => world.handler.handled.length === 1);
  return { world, handled: world.handler.handled[0]!, sink };
}

async function send(world: World, sink: KeepSink, text: string): Promise<void> {
  const before = sink.bytes.length;
  world.peer.write(text);
  await until(() => sink.bytes.length === before + text.length);
}

test('a body that stops coming is answered 408, and its sink and worker are told', async () => {
  await withNet(async (net) => {
    const { world, handled, sink } = await uploading(net);
    await send(world, sink, 'abc');
    world.env.pass(3900);
    await turns();
    assert.equal(world.got.text, '');
    world.env.pass(4500);
    await until(() => world.got.ended);
    assert.ok(world.got.text.startsWith('HTTP/1.1 408 '));
    assert.deepEqual(handled.aborted, ['body-timeout']);
    assert.equal(sink.events.at(-1), 'abort body-timeout');
    assert.deepEqual(
      world.handler.finishedOnes.map(({ status, reason, bytesIn }) => [status, reason, bytesIn]),
      [[408, 'body-timeout', 3]],
    );
  });
});

test('a body may take as long as it likes while some of it comes, unless a rate is asked for', async () => {
  await withNet(async (net) => {
    const slow = await uploading(net);
    const tooSlow = await uploading(net, 1);
    const fastEnough = await uploading(net, 1);
    for (let i = 0; i < 20; i++) {
      for (const { world, sink } of [slow, tooSlow, fastEnough]) {
        if (world.handler.finishedOnes.length > 0) continue;
        await send(world, sink, world === tooSlow.world ? 'x' : 'abcdef');
        world.env.pass(4000);
      }
    }
    assert.equal(slow.world.handler.finishedOnes.length, 0);
    assert.equal(fastEnough.world.handler.finishedOnes.length, 0);
    assert.equal(tooSlow.world.handler.finishedOnes[0]?.reason, 'body-timeout');
  });
});

test('a client is not to blame for a slow sink, nor for a body that nobody has asked for yet', async () => {
  await withNet(async (net) => {
    const { world, handled, sink } = await uploading(net);
    sink.ready = false;
    await send(world, sink, 'abc');
    world.env.pass(60_000);
    assert.equal(world.handler.finishedOnes.length, 0);
    sink.ready = true;
    handled.exchange.body!.resume();
    await send(world, sink, 'def');
    world.env.pass(3900);
    assert.equal(world.handler.finishedOnes.length, 0);
    const unread = await open(net);
    unread.peer.write(post('/a', 'abc', 1000));
    await until(() => unread.handler.handled.length === 1);
    unread.env.pass(60_000);
    assert.equal(unread.handler.finishedOnes.length, 0);
  });
});

test('after the body the exchange has no deadline of its own, and the next request has its own again', async () => {
  await withNet(async (net) => {
    const { world, handled, sink } = await uploading(net);
    await send(world, sink, 'x'.repeat(1000));
    assert.equal(sink.events.at(-1), 'end');
    world.env.pass(600_000);
    assert.equal(world.handler.finishedOnes.length, 0);
    handled.reply.respond(textAnswer('done'));
    await world.got.until('done');
    world.env.pass(6900);
    await turns();
    assert.equal(world.ours.destroyed, false);
    world.env.pass(400);
    await until(() => world.closes.length === 1);
    assert.equal(world.handler.finishedOnes.length, 1);
  });
});

interface Tunnel {
  readonly world: World;
  readonly fromServer: HandSource;
  readonly toServer: KeepSink;
}

/** @param starts When the client's bytes are asked for. */
async function tunnel(net: Net, starts: 'before' | 'after' = 'after'): Promise<Tunnel> {
  const world = await open(net);
  world.peer.write(`${get('/chat', 'Connection: Upgrade\r\nUpgrade: websocket\r\n')}early`);
  await until(() => world.handler.handled.length === 1);
  const { exchange, reply } = world.handler.handled[0]!;
  const toServer = new KeepSink();
  const fromServer = new HandSource();
  assert.equal(exchange.upgrade, 'websocket');
  if (starts === 'before') exchange.body!.start(toServer);
  await turns();
  assert.equal(toServer.bytes.length, 0, 'bytes of the client wait for the 101');
  reply.respond(answer({ status: 101, upgrade: 'websocket', body: fromServer }));
  fromServer.sink!.flush();
  await world.got.until('\r\n\r\n');
  if (starts === 'after') exchange.body!.start(toServer);
  return { world, fromServer, toServer };
}

test('a tunnel carries both ways, and is no more HTTP', async () => {
  await withNet(async (net) => {
    const { world, fromServer, toServer } = await tunnel(net);
    assert.match(world.got.text, /^HTTP\/1\.1 101 [^\r]*\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n$/);
    world.peer.write(get('/no-request'));
    await until(() => toServer.bytes.toString().endsWith('\r\n\r\n'));
    assert.ok(toServer.bytes.toString().startsWith('earlyGET /no-request'));
    fromServer.sink!.write(Buffer.from('0\r\n\r\n'));
    fromServer.sink!.flush();
    await world.got.until('\r\n\r\n0\r\n\r\n');
    assert.equal(world.handler.handled.length, 1);
  });
});

test('what a client sent ahead of the 101 comes through without a further byte of it', async () => {
  await withNet(async (net) => {
    for (const starts of ['after', 'before'] as const) {
      const { toServer } = await tunnel(net, starts);
      await turns();
      assert.equal(toServer.bytes.toString(), 'early', `asked for ${starts} the 101`);
    }
  });
});

test('each side of a tunnel may end first; it is over with the second', async () => {
  await withNet(async (net) => {
    for (const first of ['client', 'server'] as const) {
      const { world, fromServer, toServer } = await tunnel(net);
      if (first === 'client') {
        world.peer.end('last');
        await until(() => toServer.events.includes('end'));
        fromServer.sink!.write(Buffer.from('answer'));
        fromServer.sink!.end();
        await world.got.until('answer');
      } else {
        fromServer.sink!.end();
        await until(() => world.got.ended);
        world.peer.end('last');
        await until(() => toServer.events.includes('end'));
      }
      await until(() => world.closes.length === 1);
      assert.ok(toServer.bytes.toString().endsWith('last'));
      assert.deepEqual(
        world.handler.finishedOnes.map(({ status, reason }) => [status, reason]),
        [[101, undefined]],
        first,
      );
    }
  });
});

test('how long a tunnel may be silent is not for the connection to say', async () => {
  await withNet(async (net) => {
    const { world, fromServer } = await tunnel(net);
    world.env.pass(3_600_000);
    assert.equal(world.handler.finishedOnes.length, 0);
    fromServer.sink!.write(Buffer.from('still here'));
    fromServer.sink!.flush();
    await world.got.until('still here');
  });
});

test('a client that resets its tunnel, and a server that breaks it, end the other side', async () => {
  await withNet(async (net) => {
    const left = await tunnel(net);
    left.world.peer.resetAndDestroy();
    await until(() => left.world.closes.length === 1);
    assert.equal(left.toServer.events.at(-1), 'abort client-abort');
    assert.equal(left.fromServer.events.at(-1), 'cancel client-abort');
    assert.equal(left.world.handler.finishedOnes.length, 1);
  });
});
