import assert from 'node:assert/strict';
import http from 'node:http';

import { askHttp } from '../harness/ask.ts';
import { h2Site } from '../harness/h2-site.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { until } from '../harness/until.ts';

proxyTest('a request that a GOAWAY gives back untouched is sent again, whatever its method', async (world) => {
  const { proxy, server } = await h2Site(world);
  const asked = askHttp(proxy.port(), { method: 'POST' }, 'a body');
  const first = await server.connection();
  await first.message(1);
  first.goaway(0);
  const second = await server.connection(1);
  assert.equal((await second.message(1)).body.toString(), 'a body');
  second.answer(1, 'ok');
  assert.equal((await asked).body.toString(), 'ok');
  await first.closed();
  proxy.expectLine({ path: '/', status: 200, retries: 1 });
});

proxyTest('a request that a GOAWAY leaves alone goes on, and the next ones go elsewhere', async (world) => {
  const { proxy, server } = await h2Site(world);
  const asked = askHttp(proxy.port());
  const first = await server.connection();
  await first.stream(0);
  first.goaway(0x7fff_ffff);
  await first.roundTrip();
  const next = askHttp(proxy.port());
  const second = await server.connection(1);
  second.answer(await second.stream(0), 'second');
  assert.equal((await next).body.toString(), 'second');
  first.goaway(1);
  first.headers(1, [[':status', '200']]);
  first.data(1, 'still ');
  await first.roundTrip();
  first.data(1, 'here', { endStream: true });
  assert.equal((await asked).body.toString(), 'still here');
  await first.closed();
  assert.deepEqual([first.streams, second.streams], [[1], [1]]);
});

proxyTest('a GOAWAY after which the connection closes ends what had begun, and no more', async (world) => {
  const { proxy, server } = await h2Site(world);
  const asked = [askHttp(proxy.port(), { method: 'POST', path: '/a' }, 'a')];
  const first = await server.connection();
  await first.message(1);
  asked.push(askHttp(proxy.port(), { method: 'POST', path: '/b' }, 'b'));
  await first.message(3);
  first.goaway(1, 2);
  first.end();
  const second = await server.connection(1);
  assert.equal((await second.message(1)).body.toString(), 'b');
  second.answer(1, 'ok');
  const [a, b] = await Promise.all(asked);
  assert.deepEqual([a!.status, b!.status], [502, 200]);
  proxy.expectLine({ path: '/a', reason: 'server-closed' });
});

proxyTest('a refused stream is tried once more, and then the client hears of it', async (world) => {
  const { proxy, server } = await h2Site(world);
  const once = askHttp(proxy.port(), { method: 'POST', path: '/once' }, 'x');
  const connection = await server.connection();
  await connection.message(1);
  connection.resetStream(1, 7);
  assert.equal((await connection.message(3)).body.toString(), 'x');
  connection.answer(3, 'ok');
  assert.equal((await once).body.toString(), 'ok');
  const twice = askHttp(proxy.port(), { method: 'POST', path: '/twice' }, 'x');
  for (const id of [5, 7]) {
    await connection.message(id);
    connection.resetStream(id, 7);
  }
  assert.equal((await twice).status, 503);
  assert.equal(server.connections.length, 1);
  proxy.expectLine({ path: '/once', status: 200, retries: 1 });
  proxy.expectLine({ path: '/twice', reason: 'server-refused-stream' });
});

proxyTest('a stream that is reset ends alone, and counts as a reset connection does', async (world) => {
  const { proxy, server } = await h2Site(world, {
    pool: { retries: { attempts: 1, backOff: { baseMs: 1, maxMs: 1 } } },
  });
  const [other, post] = [
    askHttp(proxy.port(), { path: '/other' }),
    askHttp(proxy.port(), { method: 'POST', path: '/post' }, 'x'),
  ];
  const connection = await server.connection();
  await connection.stream(1);
  const [otherId, postId] = ['GET', 'POST'].map((method) =>
    connection.streams.find((id) => connection.partial(id).fields[':method'] === method)!,
  );
  await connection.message(postId!);
  connection.resetStream(postId!, 2);
  assert.equal((await post).status, 502); // It may have been done.
  connection.resetStream(otherId!, 2);
  const again = await connection.stream(2);
  connection.answer(again, 'ok');
  assert.equal((await other).body.toString(), 'ok');
  assert.equal(server.connections.length, 1);
  proxy.expectLine({ path: '/post', reason: 'server-reset' });
});

proxyTest('a request that meets a dying connection is sent once more over another one', async (world) => {
  const { proxy, server } = await h2Site(world, {
    script: async (connection, own) => {
      const number = own.connections.length;
      connection.answer(await connection.stream(0), `ok ${number}`);
      if (number > 1) return;
      await connection.stream(1);
      connection.destroy();
    },
  });
  assert.equal((await askHttp(proxy.port())).body.toString(), 'ok 1');
  assert.equal((await askHttp(proxy.port())).body.toString(), 'ok 2');
  assert.equal(server.connections.length, 2);
});

proxyTest('waits are those of a stream: its time-out leaves the others and the connection alone', async (world) => {
  const { proxy, server } = await h2Site(world, { pool: { timeouts: { firstByteMs: 5000, idleMs: 5000 } } });
  const silent = askHttp(proxy.port(), { path: '/silent' });
  const connection = await server.connection();
  await connection.stream(0);
  const stuck = askHttp(proxy.port(), { path: '/stuck' });
  await connection.stream(1);
  connection.headers(3, [[':status', '200']]);
  connection.data(3, 'begun');
  await connection.roundTrip();
  proxy.turnClock(6000);
  assert.equal((await silent).status, 504);
  await connection.expect('RstStream', { id: 1, code: 'CANCEL' });
  assert.equal((await connection.expect('Ping', { flags: 0 })).payload.length, 8); // Is it there at all?
  proxy.turnClock(6000);
  assert.ok((await stuck).broken);
  await connection.expect('RstStream', { id: 3, code: 'CANCEL' });
  const next = askHttp(proxy.port(), { path: '/next' });
  connection.answer(await connection.stream(2), 'ok');
  assert.equal((await next).status, 200);
  assert.equal(server.connections.length, 1);
  proxy.expectLine({ path: '/silent', reason: 'server-timeout' });
  proxy.expectLine({ path: '/stuck', reason: 'server-idle-timeout' });
});

proxyTest('a server that gives no room for a body, on one stream or on all of them', async (world) => {
  const { proxy, server } = await h2Site(world, {
    pool: { timeouts: { idleMs: 3000 } },
    options: { credit: false, settings: [[4, 10]] },
  });
  const warm = askHttp(proxy.port());
  const connection = await server.connection();
  connection.answer(await connection.stream(0), 'ok');
  await warm;
  const stuck = askHttp(proxy.port(), { method: 'POST', path: '/stuck' }, 'x'.repeat(100));
  await connection.waitFor('ten bytes', () => connection.partial(3).body.length === 10);
  proxy.turnClock(3500);
  await connection.roundTrip();
  proxy.turnClock(3500);
  assert.equal((await stuck).status, 504);
  await connection.expect('RstStream', { id: 3, code: 'CANCEL' });
  const next = askHttp(proxy.port(), { path: '/next' });
  connection.answer(await connection.stream(2), 'ok');
  assert.equal((await next).status, 200);
  proxy.expectLine({ path: '/stuck', reason: 'server-write-timeout' });
});

proxyTest('a connection on which nothing answers a PING ends with all its streams', async (world) => {
  const protocol = { version: 'http2', pingAfterMs: 2000, pingTimeoutMs: 1000 } as const;
  const { proxy, server } = await h2Site(world, { pool: { protocol }, options: { polite: false } });
  const asked = [askHttp(proxy.port(), { path: '/a' }), askHttp(proxy.port(), { path: '/b' })];
  const connection = await server.connection();
  await connection.stream(1);
  proxy.turnClock(2500);
  await connection.expect('Ping', { flags: 0 });
  proxy.turnClock(1500);
  for (const { status } of await Promise.all(asked)) assert.equal(status, 504);
  assert.equal(await connection.closed(), 'reset');
  proxy.expectLine({ path: '/a', reason: 'server-timeout' });
  proxy.expectLine({ path: '/b', reason: 'server-timeout' });
});

proxyTest('a server that says nothing at all is found out', async (world) => {
  const { proxy, server } = await h2Site(world, {
    pool: { timeouts: { connectMs: 3000 } },
    options: { settings: false },
  });
  const asked = askHttp(proxy.port());
  const connection = await server.connection();
  await connection.stream(0);
  proxy.turnClock(3500);
  assert.equal((await asked).status, 502);
  await connection.closed();
  proxy.expectLine({ path: '/', reason: 'server-junk' });
});

proxyTest('a client that goes away costs its stream, and nobody else', async (world) => {
  const { proxy, server } = await h2Site(world);
  const stays = askHttp(proxy.port(), { path: '/stays' });
  const connection = await server.connection();
  const staying = await connection.stream(0);
  const gone = http.get({ port: proxy.port(), host: '127.0.0.1', agent: false, path: '/gone' });
  gone.on('error', () => {});
  const going = await connection.stream(1);
  gone.socket!.resetAndDestroy();
  await connection.expect('RstStream', { id: going, code: 'CANCEL' });
  connection.answer(staying, 'ok');
  assert.equal((await stays).status, 200);
  proxy.expectLine({ path: '/gone', reason: 'client-abort' });
});

proxyTest('a server that gives all the room there is, and then reads nothing, is cut off', async (world) => {
  const { proxy, server } = await h2Site(world, {
    pool: { timeouts: { idleMs: 3000 } },
    options: { settings: [[4, 0x4000_0000]] },
    script: (connection) => connection.windowUpdate(0, 0x4000_0000),
  });
  const warm = askHttp(proxy.port());
  const connection = await server.connection();
  connection.answer(await connection.stream(0), 'ok');
  await warm;
  connection.socket.pause();
  const other = askHttp(proxy.port(), { path: '/other' });
  await until('both', () => proxy.status.exchanges === 1);
  const stuck = askHttp(proxy.port(), { method: 'POST', path: '/stuck' }, Buffer.alloc(40_000_000));
  await until('both', () => proxy.status.exchanges === 2);
  const done = Promise.all([other, stuck]);
  let over = false;
  void done.then(() => (over = true));
  await until('an end', () => {
    proxy.turnClock(1000);
    return over;
  });
  for (const { status } of await done) assert.equal(status, 504);
  proxy.expectLine({ path: '/stuck', reason: 'server-write-timeout' });
  proxy.expectLine({ path: '/other', reason: 'server-write-timeout' });
});

proxyTest(
  'what a server said before it reset the connection is heard, also in the middle of an upload',
  async (world) => {
    const { proxy, server } = await h2Site(world);
    const asked = askHttp(proxy.port(), { method: 'POST' }, Buffer.alloc(60_000));
    const first = await server.connection();
    await first.stream(0);
    first.goaway(0, 11);
    first.end();
    const second = await server.connection(1);
    second.answer(await second.stream(0), 'ok');
    assert.equal((await asked).status, 200);
  },
);
