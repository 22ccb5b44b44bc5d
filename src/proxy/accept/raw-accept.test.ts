// oxlint-disable no-await-in-loop, no-underscore-dangle -- one round after the other; the private `_handle` is the matter
import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { resetSocket } from '../../core/reset-socket.ts';
import { ReadBuffer } from '../../core/read-buffer.ts';
import { count, matrix, otherTraffic, pattern, readAll, received, until, withServer } from './fixtures.test.ts';
import { adopt } from './raw-accept.ts';

const tcpKinds = matrix.filter(({ family }) => family === 'tcp');
const onreadKinds = matrix.filter(({ readBy }) => readBy === 'onread');

const connectionsOf = (server: net.Server): Promise<number> =>
  new Promise((resolve, reject) => server.getConnections((error, n) => (error ? reject(error) : resolve(n))));

for (const kind of tcpKinds) {
  test(`adopt() knows both addresses and our port (${kind.title})`, async () => {
    await withServer(kind, async (server) => {
      const { client, adopted } = await server.pair();
      assert.equal(adopted.remoteAddress, '127.0.0.1');
      assert.equal(adopted.remotePort, client.localPort);
      assert.equal(adopted.localPort, client.remotePort);
    });
  });

  test(`a peer that resets before anything was read ends in 'close', without an error that nobody takes (${kind.title})`, async () => {
    await withServer(kind, async (server) => {
      const { client, adopted } = await server.pair();
      client.write('x');
      client.resetAndDestroy();
      await otherTraffic(server);
      adopted.socket.resume();
      await until(() => adopted.closed);
      assert.equal(adopted.socket.listenerCount('error'), 1); // Ours: the test attached none.
    });
  });

  test(`a peer that resets while the answer is written ends in 'close' (${kind.title})`, async () => {
    await withServer(kind, async (server) => {
      const { client, adopted } = await server.pair();
      adopted.socket.resume();
      adopted.socket.write(Buffer.alloc(20_000_000));
      await new Promise((resolve) => client.once('data', resolve));
      client.resetAndDestroy();
      await until(() => adopted.closed);
    });
  });
}

for (const kind of onreadKinds) {
  test(`an adopted socket is a new one over the same connection (${kind.title})`, async () => {
    await withServer(kind, async (server) => {
      const sockets: net.Socket[] = [];
      server.server.on('connection', (socket) => sockets.push(socket));
      const { adopted } = await server.pair();
      assert.notEqual(adopted.socket, sockets[0]);
      assert.ok(sockets[0]?.destroyed, 'or the server counts it for ever');
      assert.ok(!adopted.socket.destroyed);
    });
  });

  test(`the server does not count adopted sockets, and closes though they are open (${kind.title})`, async () => {
    await withServer(kind, async (server) => {
      await server.pair();
      await server.pair();
      assert.equal(await connectionsOf(server.server), 0);
      let closed = false;
      server.server.close(() => (closed = true));
      await until(() => closed);
      assert.ok(server.accepted.every((adopted) => !adopted.socket.destroyed));
    });
  });

  test(`every read is a view of the one buffer, lent until onBytes returns (${kind.title})`, async () => {
    await withServer(kind, async (server) => {
      const [one, two] = [await server.pair(), await server.pair()];
      const lent: Buffer[] = [];
      for (const { adopted } of [one, two]) {
        adopted.onBytes = (chunk) => lent.push(chunk) > 0;
        adopted.socket.resume();
      }
      one.client.write('first');
      await until(() => lent.length === 1);
      assert.equal(String(lent[0]), 'first');
      two.client.write('other');
      await until(() => lent.length === 2);
      assert.equal(lent[0]!.buffer, lent[1]!.buffer);
      assert.equal(String(lent[0]), 'other', 'the second read has overwritten the first');
      assert.equal(String(received(one.adopted)), 'first');
    });
  });

  test(`a handle that is not what it was is read by data events (${kind.title})`, async () => {
    await withServer(kind, async (server) => {
      server.server.prependListener('connection', (socket) => {
        const { _handle: handle } = socket as unknown as { _handle: { useUserBuffer: unknown } };
        handle.useUserBuffer = undefined;
      });
      const { client, adopted } = await server.pair();
      assert.equal(await connectionsOf(server.server), 1, 'the accepted socket itself is in use');
      adopted.socket.resume();
      client.end('hello');
      await until(() => adopted.ended);
      assert.equal(String(received(adopted)), 'hello');
    });
  });
}

for (const kind of matrix) {
  test(`nothing is read before resume() (${kind.title})`, async () => {
    await withServer(kind, async (server) => {
      const { client, adopted } = await server.pair();
      client.write('early');
      await otherTraffic(server);
      assert.equal(count(adopted), 0);
      adopted.socket.resume();
      await until(() => count(adopted) > 0);
      assert.equal(String(received(adopted)), 'early');
    });
  });

  test(`maxConnections does not stick at those that have gone (${kind.title})`, async () => {
    await withServer(kind, async (server) => {
      server.server.maxConnections = 1;
      for (let i = 0; i < 3; i++) {
        const { client, adopted } = await server.pair();
        adopted.socket.resume();
        client.destroy();
        adopted.socket.end();
        await until(() => adopted.closed);
      }
    });
  });

  test(`server.close() calls back after adopted sockets have ended (${kind.title})`, async () => {
    await withServer(kind, async (server) => {
      const pairs = [await server.pair(), await server.pair(), await server.pair()];
      let closed = false;
      server.server.close(() => (closed = true));
      for (const { client, adopted } of pairs) {
        adopted.socket.resume();
        adopted.socket.end();
        client.end();
      }
      await until(() => closed);
    });
  });

  test(`the answer after the client's FIN arrives whole (${kind.title})`, async () => {
    const answer = pattern(2_000_000);
    await withServer(kind, async (server) => {
      const { client, adopted } = await server.pair({ allowHalfOpen: true });
      adopted.socket.resume();
      client.end('question');
      await until(() => adopted.ended);
      await otherTraffic(server, 3);
      adopted.socket.write(answer.subarray(0, 1000));
      adopted.socket.end(answer.subarray(1000));
      const got = await readAll(client);
      assert.equal(String(received(adopted)), 'question');
      assert.ok(got.equals(answer), `${got.length} bytes of ${answer.length}`);
      await until(() => adopted.closed);
    });
  });

  test(`after false nothing more comes; resume() brings the rest, byte by byte (${kind.title})`, async () => {
    const sent = pattern(1_000_000);
    await withServer(kind, async (server) => {
      const { client, adopted } = await server.pair();
      adopted.onBytes = () => false;
      adopted.socket.resume();
      client.end(sent);
      await until(() => adopted.chunks.length > 0);
      const before = count(adopted);
      await otherTraffic(server);
      assert.equal(adopted.chunks.length, 1);
      assert.equal(count(adopted), before);
      assert.ok(before <= 65_536, `${before} bytes at once`);
      // Stopping by false again and again loses and repeats nothing.
      for (let turns = 2; count(adopted) < sent.length; turns++) {
        adopted.socket.resume();
        await until(() => adopted.chunks.length === turns);
      }
      adopted.socket.resume();
      await until(() => adopted.ended);
      assert.ok(received(adopted).equals(sent));
    });
  });

  test(`what a stalled reader has not taken stays with the sender (${kind.title})`, async () => {
    await withServer(kind, async (server) => {
      const { client, adopted } = await server.pair();
      adopted.onBytes = () => false;
      adopted.socket.resume();
      client.write(Buffer.alloc(50_000_000));
      await until(() => adopted.chunks.length > 0);
      await otherTraffic(server);
      // The stream's own queue in the fallback; the kernel's are not ours.
      assert.ok(adopted.socket.bytesRead < 300_000, `${adopted.socket.bytesRead} bytes were read`);
      assert.ok(client.writableLength > 0);
    });
  });

  test(`resume() within onBytes does not count when it returns false (${kind.title})`, async () => {
    await withServer(kind, async (server) => {
      const { client, adopted } = await server.pair();
      adopted.onBytes = () => {
        adopted.socket.resume();
        return false;
      };
      adopted.socket.resume();
      client.write('one');
      await until(() => adopted.chunks.length === 1);
      client.write('two');
      await otherTraffic(server);
      assert.equal(String(received(adopted)), 'one');
      adopted.socket.resume();
      await until(() => adopted.chunks.length === 2);
    });
  });

  test(`onBytes may destroy the socket; it is not called again (${kind.title})`, async () => {
    await withServer(kind, async (server) => {
      const { client, adopted } = await server.pair();
      adopted.onBytes = () => {
        adopted.socket.destroy();
        return true;
      };
      adopted.socket.resume();
      client.write(Buffer.alloc(500_000));
      await until(() => adopted.closed);
      assert.equal(adopted.chunks.length, 1);
    });
  });

  test(`after destroy() no byte comes, not even one that was read before (${kind.title})`, async () => {
    await withServer(kind, async (server) => {
      const { client, adopted } = await server.pair();
      adopted.onBytes = () => false;
      adopted.socket.resume();
      client.write(Buffer.alloc(500_000));
      await until(() => adopted.chunks.length === 1);
      await otherTraffic(server);
      adopted.socket.resume();
      const before = adopted.chunks.length;
      adopted.socket.destroy();
      await until(() => adopted.closed);
      assert.equal(adopted.chunks.length, before);
    });
  });

  test(`1,000 connections come and go and leave no socket (${kind.title})`, async () => {
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((name) => /TCPSocketWrap|PipeWrap/.test(name)).length;
    const before = sockets();
    await withServer(kind, async (server) => {
      for (let round = 0; round < 10; round++) {
        const clients = await Promise.all(Array.from({ length: 100 }, () => server.connect()));
        await until(() => server.accepted.length === (round + 1) * 100);
        for (const [i, { socket }] of server.accepted.slice(-100).entries()) {
          socket.resume();
          if (i % 3 === 0) socket.end('bye');
          if (i % 3 === 1) resetSocket(socket);
        }
        for (const client of clients) client.destroy();
        for (const { socket } of server.accepted.slice(-100)) socket.end();
        await until(() => server.accepted.every((adopted) => adopted.closed));
      }
    });
    await until(() => sockets() <= before);
  });
}

test('adopt() reads in pieces what is longer than the buffer, and hands out Buffers', async () => {
  const chunks: string[] = [];
  let closed = false;
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (accepted) => {
    const { socket } = adopt(accepted, new ReadBuffer(10), (chunk) => {
      assert.ok(Buffer.isBuffer(chunk));
      chunks.push(chunk.toString('latin1'));
      return true;
    });
    socket.on('close', () => (closed = true));
    socket.on('end', () => socket.end());
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  net
    .connect((server.address() as net.AddressInfo).port, '127.0.0.1')
    .end('0123456789abcdef')
    .resume();
  await until(() => closed);
  server.close();
  assert.deepEqual(chunks, ['0123456789', 'abcdef']);
});

test('in the fallback a socket that was reading already is stopped first', async () => {
  const chunks: string[] = [];
  const adopted: net.Socket[] = [];
  const server = net.createServer({ allowHalfOpen: true }, (accepted) => {
    const onBytes = (chunk: Buffer): boolean => chunks.push(String(chunk)) > 0;
    adopted.push(adopt(accepted, new ReadBuffer(1), onBytes, 'data').socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  client.end('early');
  await until(() => (adopted[0]?.readableLength ?? 0) > 0);
  assert.deepEqual(chunks, []);
  adopted[0]!.resume();
  await until(() => chunks.length > 0);
  adopted[0]!.destroy();
  client.destroy();
  server.close();
  assert.deepEqual(chunks, ['early']);
});

test('a unix socket has no address and no ports', async () => {
  for (const kind of matrix.filter(({ family }) => family === 'unix')) {
    await withServer(kind, async (server) => {
      const { adopted } = await server.pair();
      assert.deepEqual([adopted.remoteAddress, adopted.remotePort, adopted.localPort], ['', 0, 0]);
    });
  }
});
