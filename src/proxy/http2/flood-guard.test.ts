import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionWorld } from './fixtures.test.ts';

/** Frames of one kind until the connection ends. @returns how many it took. */
function flood(world: SessionWorld, most: number, send: (i: number) => unknown): number {
  for (let i = 0; i < most; i++) {
    send(i);
    if (world.events.at(-1)?.startsWith('broken') === true) return i + 1;
  }
  return Infinity;
}

interface Flood {
  readonly what: string;
  readonly begin?: (world: SessionWorld) => unknown;
  readonly send: (world: SessionWorld, i: number) => unknown;
}

/** One frame in each call that costs the client next to nothing. */
const floods: readonly Flood[] = [
  { what: 'PING', send: (world) => world.frame('Ping', 0, '12345678') },
  { what: 'PING with ACK', send: (world) => world.frame('Ping', 0, '12345678', 1) },
  { what: 'SETTINGS', send: (world) => world.settings() },
  { what: 'settings that change all windows', send: (world, i) => world.settings([4, 1000 + (i % 2)]) },
  { what: 'SETTINGS with ACK', send: (world) => world.frame('Settings', 0, '', 1) },
  { what: 'PRIORITY', send: (world) => world.frame('Priority', 1, '\0\0\0\0\0') },
  { what: 'PRIORITY_UPDATE', send: (world) => world.frame('PriorityUpdate', 0, '\0\0\0\x01u=1') },
  { what: 'frames of an unknown type', send: (world) => world.read(Buffer.from('0000007f0000000000', 'hex')) },
  { what: 'GOAWAY', send: (world) => world.goaway(0) },
  { what: 'empty DATA', begin: (world) => world.request(1, false), send: (world) => world.data(1, '') },
  {
    what: 'DATA that is padding only',
    begin: (world) => world.request(1, false),
    send: (world) => world.frame('Data', 1, '\x02\0\0', 8),
  },
  { what: 'WINDOW_UPDATE of the connection', send: (world) => world.windowUpdate(0, 1) },
  {
    what: 'WINDOW_UPDATE of a stream',
    begin: (world) => world.request(1, false),
    send: (world) => world.windowUpdate(1, 1),
  },
  {
    what: 'WINDOW_UPDATE of a stream that has ended',
    begin: (world) => world.request(1, false).stream.reset(8),
    send: (world) => world.windowUpdate(1, 1),
  },
  {
    what: 'streams that are reset',
    send: (world, i) => {
      world.request(2 * i + 1, false);
      world.reset(2 * i + 1);
    },
  },
  {
    what: 'streams that break a rule',
    send: (world, i) => {
      world.request(2 * i + 1, false);
      world.windowUpdate(2 * i + 1, 0);
    },
  },
  {
    what: 'streams whose bodies have a wrong length',
    begin: (world) => void (world.onStream = (user) => user.take(1)),
    send: (world, i) => {
      world.request(2 * i + 1, false);
      world.data(2 * i + 1, 'too long');
    },
  },
  {
    what: 'streams over their number',
    begin: (world) => {
      for (let id = 1; id < 16; id += 2) world.request(id, false);
    },
    send: (world, i) => world.request(101 + 2 * i, false),
  },
  {
    what: 'requests behind our GOAWAY',
    begin: (world) => world.session.goaway(0),
    send: (world, i) => world.request(1 + 2 * i, false),
  },
  {
    what: 'trailers for a stream that was reset',
    begin: (world) => world.request(1, false).stream.reset(8),
    send: (world) => world.headers(1, 'a=b', true),
  },
];

for (const { what, begin, send } of floods)
  test(`a flood of ${what} ends the connection with ENHANCE_YOUR_CALM`, () => {
    const world = new SessionWorld();
    begin?.(world);
    const count = flood(world, 1200, (i) => send(world, i));
    // Some hundreds are nothing unusual.
    assert.ok(count > 400 && count <= 1001, `after ${count}`);
    assert.ok(world.hear().at(-1)?.endsWith('ENHANCE_YOUR_CALM'));
    assert.equal(world.events.at(-1), 'broken ENHANCE_YOUR_CALM');
  });

for (const { what, begin, send } of floods)
  test(`${what}, thirty a second, end nothing`, () => {
    const world = new SessionWorld();
    begin?.(world);
    for (let second = 0; second < 60; second++) {
      const count = flood(world, 15, (i) => send(world, 15 * second + i));
      assert.equal(count, Infinity, `in second ${second}`);
      world.env.ms += 1000;
    }
  });

test('a settings frame with thousands of windows counts as many', () => {
  const world = new SessionWorld();
  world.settings(...Array.from({ length: 1100 }, (_, i) => [4, 1000 + (i % 2)] as const));
  assert.equal(world.events.at(-1), 'broken ENHANCE_YOUR_CALM');
});

test('a client that takes a large answer may say so with each frame, and measure its way', () => {
  const world = new SessionWorld();
  const user = world.request(1);
  user.answer();
  for (let i = 0; i < 5000; i++) {
    user.source.sink!.write(Buffer.alloc(1000));
    world.session.flush();
    world.windowUpdate(1, 1000);
    world.windowUpdate(0, 1000);
    world.frame('Ping', 0, '12345678');
  }
  assert.equal(user.stream.output.sent, 5_000_000);
  assert.equal(world.events.length, 1);
});

test('a window full of small frames for a stream that we reset ends nothing', () => {
  const world = new SessionWorld();
  world.request(1, false).stream.reset(8);
  for (let i = 0; i < 5000; i++) world.data(1, '0123456789');
  assert.ok(!world.events.at(-1)!.startsWith('broken'));
});

test('a client whose answers have all gone may ask without end', () => {
  const world = new SessionWorld();
  for (let i = 0; i < 5000; i++) {
    const user = world.request(2 * i + 1);
    user.answer();
    user.source.sink!.end();
  }
  assert.ok(!world.events.at(-1)!.startsWith('broken'));
});

test('a client may give up as many streams as it lets end, and no more', () => {
  const world = new SessionWorld();
  for (let i = 0; i < 5000; i++) {
    const user = world.request(4 * i + 1);
    user.answer();
    user.source.sink!.end();
    world.request(4 * i + 3, false);
    world.reset(4 * i + 3);
  }
  assert.ok(!world.events.at(-1)!.startsWith('broken'));
  const count = flood(world, 1200, (i) => {
    world.request(20_001 + 2 * i, false);
    world.reset(20_001 + 2 * i);
  });
  assert.ok(count > 900 && count <= 1001, `after ${count}`);
});

test('what a server resets counts for nobody', () => {
  const world = new SessionWorld('client');
  for (let i = 0; i < 3000; i++) {
    world.open().stream.sendHead({ room: 16, write: () => undefined }, false);
    world.reset(2 * i + 1);
  }
  assert.ok(!world.events.at(-1)!.startsWith('broken'));
});
