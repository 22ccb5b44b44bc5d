import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turns, until, withNet } from '../../fixtures.test.ts';
import { answerPaths, get, open, paths, post, textAnswer } from './fixtures.test.ts';

test('the connection lasts or ends as version, Connection and drain say', async () => {
  const cases: readonly (readonly [string, string, boolean, boolean])[] = [
    ['1.1', '', false, true],
    ['1.1', 'Connection: close\r\n', false, false],
    ['1.1', 'Connection: keep-alive, CLOSE\r\n', false, false],
    ['1.1', '', true, false],
    ['1.0', '', false, false],
    ['1.0', 'Connection: keep-alive\r\n', false, true],
    ['1.0', 'Connection: keep-alive\r\n', true, false],
  ];
  await withNet(async (net) => {
    for (const [version, field, draining, lasts] of cases) {
      const about = JSON.stringify([version, field, draining]);
      const world = await open(net);
      world.env.draining = draining;
      world.handler.atOnce = answerPaths;
      world.peer.write(`GET /a HTTP/${version}\r\nHost: a\r\n${field}\r\n`);
      await world.got.until('</a>');
      await turns();
      assert.equal(world.got.ended, !lasts, about);
      assert.equal(/connection: close/i.test(world.got.text), !lasts, about);
      assert.equal(world.handler.finishedOnes.length, 1, about);
    }
  });
});

test('a request in pieces of one byte is one request', async () => {
  await withNet(async (net) => {
    const world = await open(net);
    world.handler.atOnce = answerPaths;
    for (const byte of get('/slow')) {
      world.peer.write(byte);
      await turns(2);
    }
    await world.got.until('</slow>');
    assert.equal(world.handler.handled.length, 1);
  });
});

test('500 requests in one write are answered in order by a handler that answers at once', async () => {
  await withNet(async (net) => {
    const world = await open(net);
    world.handler.atOnce = answerPaths;
    const wanted = Array.from({ length: 500 }, (_, i) => `/${i}`);
    world.peer.write(wanted.map((path) => get(path)).join(''));
    await world.got.until('</499>');
    assert.deepEqual(paths(world), wanted);
    assert.equal(world.handler.finishedOnes.length, 500);
  });
});

test('requests ahead wait until the one before is answered, by a handler that answers later', async () => {
  await withNet(async (net) => {
    const world = await open(net);
    const { handled } = world.handler;
    world.peer.write([1, 2, 3].map((i) => get(`/${i}`)).join(''));
    for (let i = 0; i < 3; i++) {
      await until(() => handled.length === i + 1);
      await turns();
      assert.equal(handled.length, i + 1);
      answerPaths(handled[i]!);
    }
    await world.got.until('</3>');
    assert.deepEqual(paths(world), ['/1', '/2', '/3']);
  });
});

test('whole requests in front of a FIN are all answered, at once or later, and a half one behind them ends it', async () => {
  const mixes: readonly (readonly boolean[])[] = [
    [true, true, true, true],
    [false, false, false, false],
    [false, true, true, true],
    [false, true, false, true],
    [true, false, true, false],
  ];
  await withNet(async (net) => {
    for (const mix of mixes) {
      for (const tail of ['', 'GET /half HTT']) {
        const world = await open(net);
        world.handler.atOnce = (handled) => mix[world.handler.handled.length - 1]! && answerPaths(handled);
        world.peer.end(mix.map((_, i) => get(`/${i}`)).join('') + tail);
        for (let i = 0; i < mix.length; i++) {
          await until(() => world.handler.handled.length > i);
          await turns(4);
          if (!mix[i]) answerPaths(world.handler.handled[i]!);
        }
        await until(() => world.got.ended && world.closes.length === 1);
        assert.deepEqual(paths(world), ['/0', '/1', '/2', '/3'], `${mix.join()} ${tail}`);
        assert.equal(world.handler.finishedOnes.length, 4);
      }
    }
  });
});

test('a body that waits behind another request and in front of a FIN is read whole', async () => {
  await withNet(async (net) => {
    const world = await open(net);
    const { handled } = world.handler;
    let body = '';
    world.peer.end(get('/first') + post('/second', 'abcdef'));
    await until(() => handled.length === 1 && world.connection.inputEnded);
    world.handler.atOnce = ({ exchange }) => {
      const end = (): void => world.handler.handled[1]!.reply.respond(textAnswer(`<${body}>`));
      exchange.body!.start({
        write: (chunk) => {
          body += chunk.toString();
          return true;
        },
        flush: () => undefined,
        end: () => setImmediate(end),
        abort: (error) => (body += error.code),
      });
      return false;
    };
    answerPaths(handled[0]!);
    await until(() => world.got.ended);
    assert.deepEqual(paths(world), ['/first', 'abcdef']);
  });
});

test('a head that cannot be read is answered and logged once, and handled by nobody', async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['GET / HTTP/1.1\r\n\r\n', '400', 'bad-host'],
    ['GET /\r\n\r\n', '505', 'version-not-supported'],
    ['\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', '400', 'bad-request'],
    [`GET /${'x'.repeat(9000)}`, '414', 'uri-too-long'],
    [`GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(60)}\r\n`, '431', 'head-too-large'],
    ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', '400', 'bad-framing'],
    ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', '405', 'connect-refused'],
    ['GET /../../x HTTP/1.1\r\nHost: a\r\n\r\n', '400', 'bad-path'],
  ];
  await withNet(async (net) => {
    for (const [text, status, reason] of cases) {
      const world = await open(net);
      world.peer.write(Buffer.from(`${text}${get('/behind')}`, 'latin1'));
      await until(() => world.got.ended);
      assert.ok(world.got.text.startsWith(`HTTP/1.1 ${status} `), world.got.text);
      assert.match(world.got.text, /\r\nConnection: close\r\n/);
      assert.equal(world.got.text.split('HTTP/1.1 ').length, 2, 'one answer');
      assert.deepEqual(
        world.handler.finishedOnes.map((each) => each.reason),
        [reason],
      );
      assert.equal(world.handler.handled.length, 0);
      assert.deepEqual(world.env.bugs, []);
    }
  });
});

test('time runs out: silence closes, half a head is answered 408, an idle connection is closed', async () => {
  await withNet(async (net) => {
    const silent = await open(net);
    silent.env.pass(5300);
    await until(() => silent.got.closed || silent.got.ended);
    assert.equal(silent.got.text, '');
    const half = await open(net);
    half.peer.write('GET / HT');
    await turns();
    half.env.pass(4900);
    await turns();
    assert.equal(half.got.text, '');
    half.env.pass(400);
    await until(() => half.got.ended);
    assert.ok(half.got.text.startsWith('HTTP/1.1 408 '));
    assert.equal(half.handler.finishedOnes[0]!.reason, 'head-timeout');
    const idle = await open(net);
    idle.handler.atOnce = answerPaths;
    idle.peer.write(get('/a'));
    await idle.got.until('</a>');
    idle.env.pass(6900);
    await turns();
    assert.equal(idle.ours.destroyed, false);
    idle.env.pass(400);
    await until(() => idle.ours.closed);
    assert.equal(idle.handler.finishedOnes.length, 1);
  });
});

test('a head that trickles does not outlive its time, and empty lines do not keep a connection for ever', async () => {
  await withNet(async (net) => {
    const world = await open(net);
    for (let i = 0; i < 6; i++) {
      world.peer.write(i === 0 ? 'GET / HTTP/1.1\r\n' : `X-${i}: y\r\n`);
      await turns();
      world.env.pass(1000);
    }
    await until(() => world.got.ended);
    assert.equal(world.handler.finishedOnes[0]!.reason, 'head-timeout');
    const empty = await open(net);
    for (let i = 0; i < 20 && !empty.ours.closed; i++) {
      empty.peer.write('\r\n');
      await turns();
      empty.env.pass(3000);
      await turns();
    }
    assert.equal(empty.ours.destroyed, true);
  });
});

test('after the last answer our side is closed; what comes still is dropped, and 5 s later all is closed', async () => {
  await withNet(async (net) => {
    const world = await open(net);
    world.handler.atOnce = answerPaths;
    world.peer.write(get('/a', 'Connection: close\r\n') + get('/b'));
    await until(() => world.got.ended);
    assert.deepEqual(paths(world), ['/a']);
    for (let i = 0; i < 50; i++) world.peer.write(Buffer.alloc(100_000));
    await until(() => world.peer.writableLength === 0);
    assert.equal(world.handler.handled.length, 1);
    assert.equal(world.ours.destroyed, false);
    world.env.pass(5300);
    await until(() => world.closes.length === 1);
  });
});
