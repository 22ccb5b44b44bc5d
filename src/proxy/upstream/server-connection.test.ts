import assert from 'node:assert/strict';
import { ProxyError } from '../../core/errors.ts';
import { CHUNKED } from '../../wire/http1/framing.ts';
import { HandSource, turns, until, withNet } from '../fixtures.test.ts';
import { ok, open, request, TestUser } from './fixtures.test.ts';
import { overEach, withoutResume } from './tls-fixtures.test.ts';

const stop = new ProxyError('client-abort', 'Cannot');

overEach(
  'after its answer a connection is idle or closed, as the answer says, and the user is released',
  async (secure) => {
    const cases: readonly (readonly [string, string, string, 'idle' | 'closed'])[] = [
      ['GET', ok('abc'), 'abc', 'idle'],
      ['GET', ok(''), '', 'idle'],
      ['GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n', 'abc', 'idle'],
      ['GET', 'HTTP/1.1 204 No Content\r\n\r\n', '', 'idle'],
      ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n', '', 'idle'],
      ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n', '', 'idle'],
      ['HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '', 'idle'],
      ['HEAD', 'HTTP/1.1 200 OK\r\n\r\n', '', 'idle'],
      ['GET', 'HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc', 'abc', 'closed'],
      ['GET', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc', 'abc', 'idle'],
      ['GET', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc', 'abc', 'closed'],
      ['GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', '', 'closed'],
      ['GET', `${ok('abc')}HTTP/1.1 200 OK\r\n`, 'abc', 'closed'],
      ['GET', `${ok('')}x`, '', 'closed'],
      ['HEAD', ok('abc'), '', 'closed'],
    ];
    await withNet(async (net) => {
      for (const [method, text, body, then] of cases) {
        const { connection, server, user, keeper } = await open(net, { secure });
        connection.begin(user, request({ method }));
        server.write(text);
        await until(() => user.events.includes('released'));
        await turns();
        assert.equal(user.sink.bytes.toString(), body, text);
        assert.equal(user.events.length, 2, text);
        assert.equal(keeper.goneOnes.length, then === 'closed' ? 1 : 0, text);
        assert.equal(connection.usable, then === 'idle', text);
        if (then === 'idle') assert.equal(keeper.idleOnes.length, 1, text);
        // What is told to be idle and closed at once must not be usable.
        if (body !== '') assert.equal(user.sink.events.at(-1), 'end');
      }
    });
  },
);

overEach('an answer in pieces of one byte is one answer', async (secure) => {
  await withNet(async (net) => {
    const { connection, server, user } = await open(net, { secure });
    connection.begin(user, request());
    for (const byte of 'HTTP/1.1 103 Hi\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n') {
      server.write(byte);
      await turns(2);
    }
    await until(() => user.events.includes('released'));
    assert.deepEqual(user.events, ['informed 103', 'answered 200', 'released']);
    assert.equal(user.sink.bytes.toString(), 'abc');
    assert.equal(user.sink.trailers!.get('a'), 'b');
  });
});

overEach(
  'an answer that lasts until the close ends with the FIN, whole, also where its reader is slow',
  async (secure) => {
    await withNet(async (net) => {
      const { connection, server, user, keeper } = await open(net, { secure });
      user.sink.ready = false;
      connection.begin(user, request());
      server.end(`HTTP/1.1 200 OK\r\n\r\n${'abc'.repeat(100_000)}`);
      while (!user.sink.events.includes('end')) {
        await turns(2);
        user.body?.resume();
      }
      assert.equal(user.sink.bytes.length, 300_000);
      assert.deepEqual(user.events, ['answered 200', 'released']);
      await until(() => keeper.goneOnes.length === 1);
      assert.equal(keeper.idleOnes.length, 0);
    });
  },
);

overEach('one connection carries many requests, and counts them', async (secure) => {
  await withNet(async (net) => {
    const { connection, server, keeper } = await open(net, { secure });
    for (let i = 1; i <= 5; i++) {
      const user = new TestUser();
      connection.begin(user, request());
      assert.equal(connection.usable, false);
      server.write(ok(`answer ${i}`));
      await until(() => user.events.includes('released'));
      assert.equal(user.sink.bytes.toString(), `answer ${i}`);
      assert.equal(connection.requests, i);
    }
    assert.equal(keeper.idleOnes.length, 5);
  });
});

overEach('a byte, a FIN or a reset in idle closes it', async (secure) => {
  await withNet(async (net) => {
    for (const act of ['byte', 'fin', 'reset'] as const) {
      const { connection, server, user, keeper } = await open(net, { secure });
      connection.begin(user, request());
      server.write(ok(''));
      await until(() => keeper.idleOnes.length === 1);
      if (act === 'byte') server.write('x');
      else if (act === 'fin') server.end();
      else server.resetAndDestroy();
      await until(() => keeper.goneOnes.length === 1);
      assert.equal(connection.usable, false);
      assert.deepEqual(user.events, ['answered 200', 'released']);
    }
  });
});

overEach('bytes behind an answer are never the answer to the next request, however soon that comes', async (secure) => {
  await withNet(async (net) => {
    for (const first of [ok('mine'), ok(''), 'HTTP/1.1 204 No Content\r\n\r\n']) {
      const { connection, server, user, keeper } = await open(net, { secure });
      const next = new TestUser();
      const hurry = (): void => {
        if (connection.usable) connection.begin(next, request());
      };
      user.during = (event) => event.startsWith('answered') && !first.endsWith('mine') && hurry();
      user.sink.during = (event) => event === 'end' && hurry();
      connection.begin(user, request());
      server.write(`${first}${ok('smuggled')}`);
      await until(() => keeper.goneOnes.length === 1);
      assert.deepEqual(next.events, [], first);
      assert.equal(keeper.idleOnes.length, 0);
    }
  });
});

overEach('a next request that comes within the end of the answer goes over the same connection', async (secure) => {
  await withNet(async (net) => {
    const { connection, server, user } = await open(net, { secure });
    const next = new TestUser();
    user.sink.during = (event) => event === 'end' && connection.begin(next, request());
    connection.begin(user, request());
    server.write(ok('first'));
    await until(() => connection.requests === 2);
    server.write(ok('second'));
    await until(() => next.events.includes('released'));
    assert.equal(next.sink.bytes.toString(), 'second');
    assert.deepEqual(user.events, ['answered 200', 'released']);
  });
});

overEach('a connection that is being closed is not usable any more, from that moment', async (secure) => {
  await withNet(async (net) => {
    const { connection, keeper } = await open(net, { secure });
    connection.destroy();
    assert.equal(connection.usable, false);
    await until(() => keeper.goneOnes.length === 1);
    const seen: boolean[] = [];
    const other = await open(net, { secure });
    other.ours.on('end', () => seen.push(other.connection.usable));
    other.server.end();
    await until(() => seen.length === 1);
    assert.deepEqual(seen, [false], 'after the FIN of the server');
  });
});

overEach(
  'a server that ends before its answer fails the request, once; within the body it breaks it off',
  async (secure) => {
    const cases: readonly (readonly [string, 'fin' | 'reset', readonly string[], readonly string[]])[] = [
      ['', 'fin', ['failed server-closed'], []],
      ['', 'reset', ['failed server-reset'], []],
      ['HTTP/1.1 200 O', 'fin', ['failed server-closed'], []],
      ['HTTP/1.1 103 Hi\r\n\r\n', 'fin', ['informed 103', 'failed server-closed'], []],
      ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc', 'fin', ['answered 200', 'released'], ['abort server-closed']],
      [
        'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc',
        'reset',
        ['answered 200', 'released'],
        ['abort server-reset'],
      ],
      [
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
        'fin',
        ['answered 200', 'released'],
        ['abort server-closed'],
      ],
      ['HTTP/1.1 200 OK\r\n\r\nabc', 'reset', ['answered 200', 'released'], ['abort server-reset']],
    ];
    await withNet(async (net) => {
      for (const [text, how, events, last] of cases) {
        const { connection, server, user, keeper } = await open(net, { secure });
        connection.begin(user, request());
        server.write(text);
        if (last.length > 0) await until(() => user.sink.bytes.toString() === 'abc');
        else await turns();
        if (how === 'fin') server.end();
        else server.resetAndDestroy();
        await until(() => keeper.goneOnes.length === 1);
        assert.deepEqual(user.events, events, `${text} ${how}`);
        assert.deepEqual(
          user.sink.events.filter((event) => event.startsWith('abort')),
          last,
          `${text} ${how}`,
        );
        assert.equal(keeper.idleOnes.length, 0);
      }
    });
  },
);

overEach('junk fails the request as what it is', async (secure) => {
  const cases: readonly (readonly [string, string])[] = [
    ['SSH-2.0-OpenSSH\r\n\r\n', 'server-junk'],
    ['HTTP/2.0 200 OK\r\n\r\n', 'server-junk'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n', 'server-junk'],
    [`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(9000)}\r\n\r\n`, 'server-junk'],
    ['HTTP/1.1 103 Hi\r\n\r\n'.repeat(17), 'server-junk'],
    ['HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', 'server-upgrade-failed'],
  ];
  await withNet(async (net) => {
    for (const [text, code] of cases) {
      const { connection, server, user, keeper, env } = await open(net, { secure });
      connection.begin(user, request());
      server.write(text);
      await until(() => keeper.goneOnes.length === 1);
      assert.equal(user.events.at(-1), `failed ${code}`, text.slice(0, 60));
      assert.deepEqual(env.bugs, []);
    }
  });
});

overEach('broken chunks break the answer off', async (secure) => {
  await withNet(async (net) => {
    const { connection, server, user, keeper } = await open(net, { secure });
    connection.begin(user, request());
    server.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX');
    await until(() => keeper.goneOnes.length === 1);
    assert.equal(user.sink.events.at(-1), 'abort server-junk');
    assert.deepEqual(user.events, ['answered 200', 'released']);
  });
});

overEach(
  'an answer that is whole before its request has been sent closes the connection and stops the source',
  async (secure) => {
    await withNet(async (net) => {
      const { connection, server, user, keeper } = await open(net, { secure });
      const body = new HandSource();
      connection.begin(user, request({ method: 'POST', bodyLength: CHUNKED, body }));
      body.sink!.write(Buffer.from('abc'));
      body.sink!.flush();
      server.write(ok('early'));
      await until(() => keeper.goneOnes.length === 1);
      assert.deepEqual(withoutResume(body), ['start', 'cancel server-closed']);
      assert.deepEqual(user.events, ['answered 200', 'released']);
      assert.equal(user.sink.bytes.toString(), 'early');
      assert.equal(keeper.idleOnes.length, 0);
    });
  },
);

overEach('a sink that cancels the answer, within write() or later, closes the connection for good', async (secure) => {
  await withNet(async (net) => {
    for (const when of ['within the last write', 'within the first write', 'later'] as const) {
      const { connection, server, user, keeper } = await open(net, { secure });
      connection.begin(user, request());
      user.sink.during = (event) => {
        if (event === 'write' && when !== 'later') user.body!.cancel(stop);
      };
      server.write(when === 'within the last write' ? ok('abc') : 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc');
      await until(() => user.sink.bytes.length === 3);
      if (when === 'later') user.body!.cancel(stop);
      await until(() => keeper.goneOnes.length === 1);
      assert.deepEqual(
        user.sink.events.filter((event) => event !== 'flush'),
        ['write'],
        when,
      );
      assert.deepEqual(user.events, ['answered 200', 'released'], when);
      assert.equal(keeper.idleOnes.length, 0, `${when}: a closed connection was handed on as idle`);
    }
  });
});

overEach('abandon() resets, tells nobody but the sources, and nothing comes afterwards', async (secure) => {
  await withNet(async (net) => {
    for (const at of ['head', 'body', 'answered'] as const) {
      const { connection, server, user, keeper, got, env } = await open(net, { secure });
      const body = new HandSource();
      if (at === 'answered') user.during = () => connection.abandon(stop);
      connection.begin(user, request({ method: 'POST', bodyLength: CHUNKED, body }));
      body.sink!.flush();
      await got.until('POST');
      if (at !== 'head') server.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc');
      await until(() => at === 'head' || user.events.length > 0);
      if (at !== 'answered') connection.abandon(stop);
      await until(() => keeper.goneOnes.length === 1);
      assert.deepEqual(withoutResume(body), ['start', 'cancel client-abort'], at);
      assert.deepEqual(user.events, at === 'head' ? [] : ['answered 200'], at);
      assert.ok(!user.sink.events.some((event) => event.startsWith('abort') || event === 'end'), at);
      env.pass(100_000);
      assert.deepEqual(env.bugs, []);
      assert.equal(keeper.idleOnes.length, 0);
    }
  });
});
