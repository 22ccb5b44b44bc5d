import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestEnv, turns } from '../fixtures.test.ts';
import { SessionWorld } from './fixtures.test.ts';

test('a server begins with its settings, and the window of the connection', () => {
  const world = new SessionWorld('server', { maxStreams: 10, streamWindow: 100_000, connectionWindow: 300_000 });
  const first = world.socket.writes[0]!.toString('hex');
  assert.ok(first.startsWith('00001e0400000000000003'), first);
  assert.ok(first.endsWith(`000004080000000000${(300_000 - 65_535).toString(16).padStart(8, '0')}`), first);
});

test('a client begins with the preface, and wants nothing pushed', () => {
  const world = new SessionWorld('client');
  const first = world.socket.writes[0]!.toString('latin1');
  assert.ok(first.startsWith('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x12\x04\0\0\0\0\0\0\x02\0\0\0\0'));
});

test('a stream ends when both messages have', () => {
  const world = new SessionWorld();
  const user = world.request(1, false);
  user.answer();
  user.source.sink!.end();
  assert.deepEqual(user.events, ['sent']);
  assert.equal(world.session.streams.size, 1);
  world.data(1, 'x', true);
  assert.deepEqual(user.events, ['sent', 'closed']);
  assert.equal(world.session.streams.size, 0);
});

test('trailers end the message of a request', () => {
  const world = new SessionWorld();
  const user = world.request(1, false);
  world.data(1, 'x');
  world.headers(1, 'x-sum=1', true);
  assert.deepEqual(user.events, ['headers x-sum=1 end']);
  assert.equal(user.sink.events.at(-1), 'end');
});

test('an answer has as many heads as it likes, and trailers', () => {
  const world = new SessionWorld('client');
  const user = world.open();
  user.stream.sendHead({ room: 16, write: (encoder) => encoder.field(':method', 'GET') }, true);
  assert.deepEqual(world.hear(), ['headers 1 :method=GET end']);
  world.headers(1, ':status=200');
  world.data(1, 'x');
  world.headers(1, 'grpc-status=0', true);
  assert.deepEqual(user.events, ['sent', 'headers :status=200', 'headers grpc-status=0 end', 'closed']);
});

test('a request behind the last number that may be is refused, and a retry is safe', () => {
  const world = new SessionWorld('server', { maxStreams: 2 });
  world.request(1, false);
  world.request(3, false);
  assert.equal(world.request(5), undefined);
  assert.deepEqual(world.hear(), ['reset 5 REFUSED_STREAM']);
  world.reset(1);
  assert.notEqual(world.request(7), undefined);
});

test('what was on its way to a stream that was refused is dropped', () => {
  const world = new SessionWorld('server', { maxStreams: 1 });
  world.request(1, false);
  world.request(3, false);
  world.data(3, 'abc', true);
  world.windowUpdate(3, 5);
  assert.deepEqual(world.hear(), ['reset 3 REFUSED_STREAM']);
  assert.deepEqual(world.events, ['opened 1 :method=GET :scheme=http :path=/']);
});

test('header blocks of streams that nobody wants are read all the same, for those behind them need it', () => {
  const world = new SessionWorld('server', { maxStreams: 1 });
  world.request(1, false);
  world.headers(3, 'x-first=aaaaaaaaaaaa x-second=bbbbbbbbb', true);
  world.headers(3, 'x-first=aaaaaaaaaaaa x-second=bbbbbbbbb', true);
  world.reset(1);
  world.headers(5, 'x-first=aaaaaaaaaaaa x-second=bbbbbbbbb', true);
  assert.equal(world.events.at(-1), 'opened 5 x-first=aaaaaaaaaaaa x-second=bbbbbbbbb end');
});

test('a list of fields over its limit is told as cut', () => {
  const world = new SessionWorld('server', { list: { listBytes: 4096, fields: 2 } });
  world.headers(1, 'a=1 b=2 c=3', true);
  assert.equal(world.events.at(-1), 'opened 1 a=1 b=2 end cut');
});

test('PING is answered with what it brought, and an answer is told', () => {
  const world = new SessionWorld();
  world.frame('Ping', 0, '12345678');
  assert.deepEqual(world.hear(), ['ping 12345678 ack']);
  world.session.ping();
  assert.deepEqual(world.hear(), ['ping \0\0\0\0\0\0\0\0']);
  world.frame('Ping', 0, '\0\0\0\0\0\0\0\0', 1);
  assert.deepEqual(world.events, ['ping']);
});

test('GOAWAY in two steps: streams on their way are taken, later ones are not', () => {
  const world = new SessionWorld();
  world.request(1, false);
  world.session.goaway(0, true);
  assert.deepEqual(world.hear(), ['goaway 2147483647 NO_ERROR']);
  assert.equal(world.session.leaving, false);
  assert.notEqual(world.request(3, false), undefined);
  world.session.goaway(0);
  assert.deepEqual(world.hear(), ['goaway 3 NO_ERROR']);
  assert.equal(world.session.leaving, true);
  // Its body was on its way as well.
  assert.equal(world.request(5, false), undefined);
  world.data(5, 'abc');
  world.headers(5, 'x-sum=1', true);
  assert.deepEqual(world.hear(), []);
  world.data(3, 'abc', true);
  assert.equal(world.users.get(3)!.sink.bytes.toString(), 'abc');
  world.session.goaway(0);
  assert.deepEqual(world.hear(), ['goaway 3 NO_ERROR'], 'the number never grows');
});

test("a server's GOAWAY ends the streams that it did nothing with, and leaves the others", () => {
  const world = new SessionWorld('client');
  const users = [world.open(), world.open(), world.open()];
  for (const { stream } of users) stream.sendHead({ room: 16, write: () => undefined }, true);
  world.goaway(3);
  assert.deepEqual(
    users.map(({ events }) => events.at(-1)),
    ['sent', 'sent', 'ended connection NO_ERROR unprocessed'],
  );
  assert.equal(world.session.leaving, true);
  assert.equal(world.events.at(-1), 'goaway NO_ERROR');
  world.headers(1, ':status=200', true);
  assert.equal(users[0]!.events.at(-1), 'closed');
});

test("a client's GOAWAY ends none of its streams", () => {
  const world = new SessionWorld();
  const user = world.request(1, false);
  world.goaway(0);
  assert.deepEqual(user.events, []);
  assert.equal(world.session.leaving, true);
  world.data(1, 'x', true);
  assert.equal(user.sink.bytes.length, 1);
});

test('REFUSED_STREAM says that nothing was done', () => {
  const world = new SessionWorld('client');
  const user = world.open();
  user.stream.sendHead({ room: 16, write: () => undefined }, false);
  world.reset(1, 7);
  assert.deepEqual(user.events, ['ended reset REFUSED_STREAM unprocessed']);
});

test('a client that takes nothing is not read from any more, gets nothing to do, and goes on when it takes', () => {
  const world = new SessionWorld('server', { maxStreams: 100 });
  world.socket.takes = false;
  let id = 1;
  for (; !world.session.choked && id < 100; id += 2) {
    assert.equal(world.headers(id, ':method=GET', true), true);
    const fields = Array.from({ length: 20 }, (_, i) => [`x-${i}`, String(id).repeat(500)] as const);
    world.users.get(id)!.answer([[':status', '200'], ...fields]);
    world.session.flush();
  }
  assert.ok(id > 20 && id < 60, `stopped at ${id}`);
  assert.equal(world.session.choked, true);
  assert.equal(world.headers(id, ':method=GET', true), false);
  assert.equal(world.users.get(id), undefined);
  world.socket.takeAll();
  assert.equal(world.session.choked, false);
  assert.ok(world.events.includes('room'));
  assert.ok(world.hear().includes(`reset ${id} REFUSED_STREAM`));
  assert.equal(world.headers(id + 2, ':method=GET', true), true);
});

test('a peer that takes no byte for too long is told of', () => {
  const world = new SessionWorld('server', { stallMs: 3000 });
  world.socket.takes = false;
  world.frame('Ping', 0, '12345678');
  world.session.flush();
  world.env.pass(2800);
  assert.deepEqual(world.events, []);
  world.env.pass(1000);
  assert.deepEqual(world.events, ['stalled']);
});

test('what breaks the connection ends all streams, says so, and reads nothing more', () => {
  const world = new SessionWorld();
  const users = [world.request(1, false), world.request(3, false)];
  world.read(Buffer.from('000000060000000000', 'hex'), Buffer.from('0000080600000000003132333435363738', 'hex'));
  assert.deepEqual(world.hear(), ['goaway 3 FRAME_SIZE_ERROR']);
  for (const { events } of users) assert.deepEqual(events, ['ended connection FRAME_SIZE_ERROR']);
  assert.deepEqual(world.events.slice(2), ['gone 1', 'gone 3', 'broken FRAME_SIZE_ERROR']);
  world.frame('Ping', 0, '12345678');
  users[0]!.answer();
  users[0]!.stream.reset(8);
  world.session.goaway(0);
  world.session.ping();
  assert.deepEqual(world.hear(), []);
});

test('what throws though it does not is told as a bug, and ends its connection only', () => {
  const world = new SessionWorld();
  world.onStream = () => {
    throw new Error('planted');
  };
  world.request(1);
  assert.equal(world.env.bugs.length, 1);
  assert.deepEqual(world.hear(), ['goaway 1 INTERNAL_ERROR']);
  assert.equal(world.events.at(-1), 'broken INTERNAL_ERROR');
});

test('a connection that is closed while frames are read stops there', () => {
  const world = new SessionWorld();
  world.onStream = () => world.session.close({ by: 'connection', code: 0, processed: true, message: 'Cannot go on' });
  world.read(world.headersFrame(1, ':method=GET', true), world.headersFrame(3, ':method=GET', true));
  assert.deepEqual(world.events, ['opened 1 :method=GET end', 'gone 1']);
});

test('nothing is left of a connection that is disposed of: no timer, and no page', async () => {
  const env = new TestEnv();
  const pages = new Set<Buffer>();
  const { take, give } = env.buffers;
  env.buffers.take = () => {
    const page = take.call(env.buffers);
    pages.add(page);
    return page;
  };
  env.buffers.give = (page) => {
    pages.delete(page);
    give.call(env.buffers, page);
  };
  const world = new SessionWorld('server', {}, env);
  const user = world.request(1, false);
  user.answer();
  world.socket.takes = false;
  user.source.sink!.write(Buffer.alloc(10_000));
  world.session.flush();
  user.source.sink!.write(Buffer.alloc(10_000));
  world.frame('Ping', 0, '12345678');
  world.session.close({ by: 'connection', code: 0, processed: true, message: 'Cannot go on' });
  world.session.dispose();
  user.source.sink!.write(Buffer.alloc(10_000));
  user.source.sink!.end();
  user.stream.reset(8);
  await turns(2);
  env.pass(60_000);
  assert.equal(world.session.streams.size, 0);
  assert.equal(pages.size, 0);
  assert.equal(env.wheel.size, 0);
  assert.ok(!world.events.includes('stalled'));
});

test('it is midway while a frame or a header block has begun', () => {
  const world = new SessionWorld();
  assert.equal(world.session.midway, false);
  world.read(Buffer.from('0000', 'hex'));
  assert.equal(world.session.midway, true);
  world.read(Buffer.from('080600000000003132333435363738', 'hex'));
  assert.equal(world.session.midway, false);
  world.frame('Headers', 1, Buffer.of(0x82));
  assert.equal(world.session.midway, true);
  world.frame('Continuation', 1, Buffer.of(0x86), 4);
  assert.equal(world.session.midway, false);
});
