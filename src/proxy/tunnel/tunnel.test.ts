import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError } from '../../core/errors.ts';
import { closeFrame } from '../../wire/websocket/close-frame.ts';
import { headersOf } from '../fixtures.test.ts';
import { frame, goingAway, maskedCode, Sides, TunnelWorld } from './fixtures.test.ts';

const life = { idleMs: undefined, maxLifeMs: 20_000, max: 0 };
const mask = Buffer.of(9, 8, 7, 6);

test('bytes go through both ways as they are, and ends do', () => {
  const world = new TunnelWorld();
  const sides = new Sides(world).open();
  sides.client.sink!.write(Buffer.from('no frames at all'));
  sides.server.sink!.write(Buffer.from('nor these'));
  sides.server.sink!.end();
  sides.client.sink!.end();
  assert.equal(sides.toServer.bytes.toString(), 'no frames at all');
  assert.equal(sides.clientGot, 'nor these');
  assert.deepEqual(
    [sides.toServer.events, sides.toClient.events],
    [
      ['write', 'end'],
      ['write', 'end'],
    ],
  );
});

test('a sink that asks to wait is heard by the source, and so is its going on', () => {
  const sides = new Sides(new TunnelWorld()).open();
  sides.toServer.ready = false;
  assert.equal(sides.client.sink!.write(frame('much')), false);
  sides.tunnel.toServer.resume();
  assert.deepEqual(sides.client.events, ['start', 'resume']);
});

test('at the end of its life both sides of a WebSocket are told between two frames, and the end waits for theirs', () => {
  const world = new TunnelWorld();
  const sides = new Sides(world, { tunnelPlan: life }).open();
  for (let i = 0; i < 4; i++) {
    world.pass(4900);
    sides.server.sink!.write(frame('tick'));
  }
  assert.equal(sides.clientGot.includes(goingAway), false);
  world.pass(700);
  assert.ok(sides.clientGot.endsWith(goingAway));
  assert.equal(maskedCode(sides.toServer.bytes), 1001);
  assert.equal(sides.exchange.reason, 'tunnel-expired');
  sides.client.sink!.write(Buffer.concat([frame('late'), closeFrame(1001, mask)]));
  sides.server.sink!.write(frame('late, too'));
  assert.equal(sides.toServer.bytes.toString('latin1').includes('late'), false, 'nothing goes behind a close');
  assert.equal(sides.clientGot.includes('late'), false);
  assert.equal(sides.toClient.events.includes('end'), false, 'the server has not answered yet');
  sides.server.sink!.write(closeFrame(1001));
  world.pass(200);
  assert.deepEqual([sides.toClient.events.at(-1), sides.toServer.events.at(-1)], ['end', 'end']);
  assert.deepEqual(
    [sides.client.events.at(-1), sides.server.events.at(-1)],
    ['cancel tunnel-expired', 'cancel tunnel-expired'],
  );
});

test('who does not answer a close in 1.5 s is left', () => {
  const world = new TunnelWorld();
  const sides = new Sides(world).open();
  sides.tunnel.leaveAt(world.env.ms);
  world.pass(300);
  assert.equal(sides.clientGot, goingAway);
  world.pass(1000);
  assert.equal(sides.toClient.events.includes('end'), false);
  world.pass(900);
  assert.deepEqual([sides.toClient.events.at(-1), sides.toServer.events.at(-1)], ['end', 'end']);
  assert.equal(sides.exchange.reason, 'tunnel-drained');
});

test('in the middle of a frame the close waits for its end, and what comes behind it is dropped', () => {
  const world = new TunnelWorld();
  const sides = new Sides(world).open();
  const long = frame('a long message');
  sides.server.sink!.write(long.subarray(0, 5));
  sides.tunnel.leaveAt(world.env.ms);
  world.pass(300);
  assert.equal(sides.clientGot, long.subarray(0, 5).toString('latin1'));
  sides.server.sink!.write(long.subarray(5, 7));
  sides.server.sink!.write(Buffer.concat([long.subarray(7), frame('next')]));
  assert.equal(sides.clientGot, long.toString('latin1') + goingAway);
});

test('a frame that does not end in time is broken off: nobody takes it for whole', () => {
  const world = new TunnelWorld();
  const sides = new Sides(world).open();
  sides.server.sink!.write(frame('half').subarray(0, 3));
  sides.tunnel.leaveAt(world.env.ms);
  world.pass(2000);
  assert.equal(sides.toClient.events.at(-1), 'abort tunnel-drained');
  assert.equal(sides.toServer.events.at(-1), 'end', 'this side was told');
});

test('behind a close of a side itself no other one is put', () => {
  const world = new TunnelWorld();
  const sides = new Sides(world).open();
  const own = closeFrame(1000);
  sides.server.sink!.write(own);
  sides.tunnel.leaveAt(world.env.ms);
  world.pass(300);
  assert.equal(sides.clientGot, own.toString('latin1'));
  assert.equal(maskedCode(sides.toServer.bytes), 1001);
  sides.client.sink!.write(closeFrame(1000, mask));
  world.pass(200);
  assert.equal(sides.toClient.events.at(-1), 'end');
});

test('a WebSocket of which the server never takes the first byte is told when it does', () => {
  const world = new TunnelWorld();
  const sides = new Sides(world);
  const headers = headersOf();
  sides.tunnel.respond({ status: 101, reason: '', headers, body: sides.server, announcedLength: undefined });
  sides.tunnel.leaveAt(world.env.ms);
  world.pass(300);
  sides.tunnel.toServer.start(sides.toServer);
  assert.equal(maskedCode(sides.toServer.bytes), 1001);
  world.pass(2000);
  assert.equal(sides.toServer.events.at(-1), 'end');
});

test('a reset of a side that was told of the end is an orderly end for the other', () => {
  const world = new TunnelWorld();
  const sides = new Sides(world).open();
  sides.tunnel.leaveAt(world.env.ms);
  world.pass(300);
  sides.server.sink!.abort(new ProxyError('server-reset', 'Cannot read: reset'));
  assert.equal(sides.toClient.events.at(-1), 'end');
});

test('a stalled client is told, and the server is read on, to hear its close', () => {
  const world = new TunnelWorld();
  const sides = new Sides(world).open();
  sides.toClient.ready = false;
  sides.server.sink!.write(frame('x'));
  sides.tunnel.leaveAt(world.env.ms);
  world.pass(300);
  assert.ok(sides.clientGot.endsWith(goingAway));
  assert.equal(sides.server.events.at(-1), 'resume');
  assert.equal(sides.server.sink!.write(frame('dropped')), true);
});

test('another protocol than WebSocket is cut off at the end of its life, and nothing is put into it', () => {
  const world = new TunnelWorld();
  const sides = new Sides(world, { upgrade: 'other', tunnelPlan: { ...life, maxLifeMs: 1000 } }).open();
  world.pass(1300);
  assert.equal(sides.clientGot, '');
  assert.equal(sides.toClient.events.at(-1), 'abort tunnel-expired');
  assert.equal(sides.toServer.events.at(-1), 'abort tunnel-expired');
});

test('silence of both sides ends it after the time of the route, or that of the listener', () => {
  for (const [idleMs, quietMs] of [
    [2000, 2000],
    [undefined, 9000],
  ] as const) {
    const world = new TunnelWorld();
    const sides = new Sides(world, { tunnelPlan: { idleMs, maxLifeMs: 0, max: 0 } }).open();
    world.pass(quietMs - 500);
    sides.client.sink!.write(frame('ping'));
    world.pass(quietMs - 500);
    sides.server.sink!.write(frame('pong'));
    world.pass(quietMs - 500);
    assert.equal(sides.exchange.reason, undefined, `${quietMs}: it was used`);
    world.pass(quietMs * 2 + 300);
    assert.equal(sides.exchange.reason, 'tunnel-timeout');
    assert.ok(sides.clientGot.endsWith(goingAway));
  }
});

test('when its exchange is over a tunnel does nothing any more', () => {
  const world = new TunnelWorld();
  const sides = new Sides(world, { tunnelPlan: { idleMs: 1000, maxLifeMs: 1000, max: 0 } }).open();
  sides.tunnel.over();
  world.pass(10_000);
  assert.equal(sides.exchange.reason, undefined);
  assert.equal(world.tunnels.size, 0);
  assert.deepEqual(world.errors, []);
});
