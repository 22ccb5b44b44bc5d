import assert from 'node:assert/strict';
import { ProxyError } from '../../core/errors.ts';
import { CHUNKED } from '../../wire/http1/framing.ts';
import { HandSource, turns, until, withNet } from '../fixtures.test.ts';
import { ok, open, request, type World } from './fixtures.test.ts';
import { overEach, withoutResume } from './tls-fixtures.test.ts';

const stop = new ProxyError('client-abort', 'Cannot');
const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** A request for a tunnel has been sent. */
async function upgrading(world: World): Promise<HandSource> {
  const body = new HandSource();
  world.connection.begin(world.user, request({ upgrade: 'websocket', body }));
  await world.got.until('GET');
  return body;
}

overEach('the answer has its time from the last byte of the request on', async (secure) => {
  await withNet(async (net) => {
    const world = await open(net, { secure });
    const { connection, user, env, keeper } = world;
    const body = new HandSource();
    connection.begin(user, request({ method: 'POST', bodyLength: CHUNKED, body }));
    body.sink!.write(Buffer.from('abc'));
    await turns(); // A write over TLS takes one.
    env.pass(60_000);
    await turns();
    assert.deepEqual(user.events, [], "the client's own limits hold until then");
    body.sink!.end();
    env.pass(2900);
    assert.deepEqual(user.events, []);
    env.pass(400);
    assert.deepEqual(user.events, ['failed server-timeout']);
    assert.equal(keeper.goneOnes.length, 1);
  });
});

overEach('a server that lets a client wait for its 100 has the same time', async (secure) => {
  await withNet(async (net) => {
    const { connection, user, env, got } = await open(net, { secure });
    const body = new HandSource();
    connection.begin(user, request({ method: 'POST', bodyLength: CHUNKED, body, expectContinue: true }));
    await got.until('POST');
    env.pass(3400);
    assert.deepEqual(user.events, ['failed server-timeout']);
    assert.deepEqual(withoutResume(body), ['start', 'cancel server-timeout']);
  });
});

overEach('a server that does not answer a request for a tunnel has the same time', async (secure) => {
  await withNet(async (net) => {
    const world = await open(net, { secure });
    await upgrading(world);
    world.env.pass(3400);
    assert.deepEqual(world.user.events, ['failed server-timeout']);
  });
});

overEach('informational answers do not give more time', async (secure) => {
  await withNet(async (net) => {
    const { connection, user, env, server } = await open(net, { secure });
    connection.begin(user, request());
    for (let i = 0; i < 4; i++) {
      server.write('HTTP/1.1 103 Hi\r\n\r\n');
      await turns();
      env.pass(1000);
    }
    assert.equal(user.events.at(-1), 'failed server-timeout');
  });
});

overEach('a body may be slow but not silent', async (secure) => {
  await withNet(async (net) => {
    const { connection, user, env, server, keeper } = await open(net, { secure });
    connection.begin(user, request());
    server.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n');
    for (let i = 1; i < 10; i++) {
      server.write('x');
      await until(() => user.sink.bytes.length === i);
      env.pass(3900);
    }
    assert.deepEqual(user.events, ['answered 200']);
    env.pass(8500);
    assert.deepEqual(user.events, ['answered 200', 'released']);
    assert.equal(user.sink.events.at(-1), 'abort server-idle-timeout');
    assert.equal(keeper.goneOnes.length, 1);
  });
});

overEach("a slow reader is not the server's fault", async (secure) => {
  await withNet(async (net) => {
    const { connection, user, env, server } = await open(net, { secure });
    user.sink.ready = false;
    connection.begin(user, request());
    server.write(`HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc`);
    await until(() => user.sink.bytes.length === 3);
    env.pass(100_000);
    assert.deepEqual(user.events, ['answered 200']);
    server.write('def');
    user.body!.resume();
    await until(() => user.events.includes('released'));
    assert.equal(user.sink.bytes.toString(), 'abcdef');
  });
});

overEach('a server that takes no byte of the request in time fails it', async (secure) => {
  await withNet(async (net) => {
    const { connection, user, env, keeper } = await open(net, { secure, kind: 'unix', stalled: true });
    const body = new HandSource();
    connection.begin(user, request({ method: 'POST', bodyLength: CHUNKED, body }));
    while (body.sink!.write(Buffer.alloc(65_536)));
    env.pass(3900);
    assert.deepEqual(user.events, []);
    env.pass(4500);
    assert.deepEqual(user.events, ['failed server-write-timeout']);
    assert.deepEqual(body.events, ['start', 'cancel server-write-timeout']);
    await until(() => keeper.goneOnes.length === 1);
  });
});

overEach('an idle connection is closed after its rest, not in the middle of a request', async (secure) => {
  await withNet(async (net) => {
    const { connection, user, env, server, keeper } = await open(net, { secure });
    connection.rest(env.clock.now(), 5000);
    env.pass(4900);
    assert.equal(connection.usable, true);
    connection.begin(user, request());
    env.pass(2000);
    server.write(ok(''));
    await until(() => user.events.includes('released'));
    assert.equal(connection.usable, true);
    connection.rest(env.clock.now(), 5000);
    env.pass(5300);
    assert.equal(connection.usable, false);
    await until(() => keeper.goneOnes.length === 1);
  });
});

overEach(
  'a tunnel carries both ways; bytes of the client wait for the 101, those behind it are the first',
  async (secure) => {
    await withNet(async (net) => {
      const world = await open(net, { secure });
      const { user, server, got, env, connection } = world;
      const body = await upgrading(world);
      server.write(`${switching}hello`);
      await until(() => user.sink.bytes.toString() === 'hello');
      assert.equal(user.head!.upgrade, 'websocket');
      body.sink!.write(Buffer.from('from the client'));
      body.sink!.flush();
      await got.until('from the client');
      env.pass(600_000);
      assert.equal(connection.usable, false);
      server.write(' again');
      await until(() => user.sink.bytes.toString() === 'hello again');
      assert.deepEqual(user.events, ['answered 101']);
    });
  },
);

overEach('each side of a tunnel may end first, and the other goes on', async (secure) => {
  await withNet(async (net) => {
    for (const first of ['server', 'client'] as const) {
      const world = await open(net, { secure });
      const { user, server, got, keeper } = world;
      const body = await upgrading(world);
      server.write(switching);
      await until(() => user.events.length === 1);
      if (first === 'server') {
        server.end('last');
        await until(() => user.sink.events.includes('end'));
        body.sink!.write(Buffer.from('more'));
        body.sink!.end();
        await until(() => got.ended);
        assert.ok(got.text.endsWith('more'));
      } else {
        body.sink!.end();
        await until(() => got.ended);
        server.end('last');
        await until(() => user.sink.events.includes('end'));
      }
      assert.equal(user.sink.bytes.toString(), 'last');
      await until(() => keeper.goneOnes.length === 1);
      assert.deepEqual(user.events, ['answered 101', 'released'], first);
      assert.equal(keeper.idleOnes.length, 0);
    }
  });
});

overEach(
  'a tunnel that breaks is broken for the client, and one that the client leaves for the server',
  async (secure) => {
    await withNet(async (net) => {
      const reset = await open(net, { secure });
      const body = await upgrading(reset);
      reset.server.write(switching);
      await until(() => reset.user.events.length === 1);
      reset.server.resetAndDestroy();
      await until(() => reset.keeper.goneOnes.length === 1);
      assert.equal(reset.user.sink.events.at(-1), 'abort server-reset');
      assert.equal(body.events.at(-1), 'cancel server-reset');
      const left = await open(net, { secure });
      await upgrading(left);
      left.server.write(switching);
      await until(() => left.user.events.length === 1);
      left.connection.abandon(stop);
      await until(() => left.got.closed);
      assert.deepEqual(left.user.events, ['answered 101']);
    });
  },
);

overEach('an upgrade that is answered otherwise stays HTTP', async (secure) => {
  const cases: readonly (readonly [string, string])[] = [
    [ok('no'), 'answered 200'],
    ['HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n', 'answered 426'],
    [switching.replace('websocket', 'h2c'), 'failed server-upgrade-failed'],
    [switching.replace('Connection: Upgrade\r\n', ''), 'failed server-upgrade-failed'],
    ['HTTP/1.1 101 Switching Protocols\r\n\r\n', 'failed server-upgrade-failed'],
  ];
  await withNet(async (net) => {
    for (const [text, event] of cases) {
      const world = await open(net, { secure });
      const body = await upgrading(world);
      world.server.write(text);
      await until(() => world.user.events.length > 0);
      await turns();
      assert.equal(world.user.events[0], event);
      const rest = world.got.text;
      body.sink?.write(Buffer.from('tunnel bytes'));
      body.sink?.flush();
      await turns();
      assert.equal(world.got.text, rest, 'no byte of a tunnel that does not exist');
    }
  });
});

overEach('a request whose body breaks off, at once or later, fails with that, once', async (secure) => {
  await withNet(async (net) => {
    for (const when of ['start', 'later'] as const) {
      const { connection, user, keeper, server } = await open(net, { secure });
      const body = new HandSource();
      body.during = () => when === 'start' && body.sink!.abort(stop);
      connection.begin(user, request({ method: 'POST', bodyLength: CHUNKED, body }));
      if (when === 'later') body.sink!.abort(stop);
      body.sink!.abort(stop);
      await until(() => keeper.goneOnes.length === 1);
      server.destroy();
      assert.deepEqual(user.events, ['failed client-abort']);
    }
  });
});
