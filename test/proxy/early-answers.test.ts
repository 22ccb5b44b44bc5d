import assert from 'node:assert/strict';

import { readAnswer, readHead, statusOf, textOf, valueOf } from '../harness/message.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { ok, type Script } from '../harness/raw-server.ts';
import { chunk, chunkedHead, get } from '../harness/requests.ts';
import { arrived } from '../harness/socket-queues.ts';
import { turns, until } from '../harness/until.ts';

const tooLarge = 'HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig';
const head = (bytes: number): string => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n`;

proxyTest(
  'a server that answers before it reads the body: the answer says that it is the last, then both connections end',
  async (world) => {
    const { proxy, server } = await world.proxyTo(async (peer) => {
      await readHead(peer);
      peer.send(ok('early'));
    });
    const client = await world.send(proxy, `${head(1e6)}abc`);
    const answer = await readAnswer(client);
    assert.equal(textOf(answer), 'early');
    assert.equal(valueOf(answer, 'connection'), 'close');
    assert.equal(await client.ended(), 'fin');
    await until('an end of the server connection', () => server.open === 0);
  },
);

proxyTest('a server that answers and closes in the middle of a large upload is heard, every time', async (world) => {
  const { proxy } = await world.proxyTo(async (peer) => {
    await readHead(peer);
    await peer.takeBytes(1);
    peer.send(tooLarge);
    peer.destroy();
  });
  const body = Buffer.alloc(4e6, 'x');
  const seen: string[] = [];
  for (let i = 0; i < 30; i++) {
    const client = await world.send(proxy, head(body.length));
    const [answer] = await Promise.all([readAnswer(client).then(textOf, String), client.pour(body).catch(() => {})]);
    seen.push(answer);
    client.reset();
  }
  assert.deepEqual([...new Set(seen)], ['big'], `${seen.filter((text) => text === 'big').length} of 30 were heard`);
});

proxyTest('a server that answers, closes its side and reads on is heard too', async (world) => {
  const { proxy } = await world.proxyTo(async (peer) => {
    await readHead(peer);
    peer.end(tooLarge);
    peer.sink = () => {};
    await peer.ended();
  });
  for (let i = 0; i < 10; i++) {
    const client = await world.send(proxy, head(4e6));
    const poured = client.pour(Buffer.alloc(4e6)).catch(() => {});
    const answer = await readAnswer(client);
    assert.equal(statusOf(answer), 413);
    client.reset();
    await poured;
  }
});

proxyTest('a long answer may begin before the request has ended, and both go on', async (world) => {
  const { proxy } = await world.proxyTo(async (peer) => {
    await readHead(peer);
    peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
    await peer.takeThrough('0\r\n\r\n');
    peer.send('3\r\ntwo\r\n0\r\n\r\n');
    await readHead(peer);
    peer.send(ok('again'));
  });
  const client = await world.send(proxy, chunkedHead('/') + chunk('a'));
  await readHead(client);
  await client.takeThrough('one\r\n');
  client.send(`${chunk('b')}0\r\n\r\n`);
  assert.equal(await client.takeThrough('0\r\n\r\n'), '3\r\ntwo\r\n0\r\n\r\n');
  client.send(get('/2'));
  assert.equal(textOf(await readAnswer(client)), 'again');
});

/** Answers when it has read `go`, and reads no further; its answer has no length, so it may go along with the request. */
const answersAtGo: Script = async (peer) => {
  await readHead(peer);
  peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
  await peer.takeThrough('go\r\n');
  peer.send('0\r\n\r\n');
};

proxyTest('where an answer without a length ends before its request, the connection still goes on', async (world) => {
  const { proxy } = await world.proxyTo(answersAtGo, { routes: [{ path: '=/up' }] });
  const client = await world.send(proxy, chunkedHead('/up'));
  await readHead(client);
  client.send(chunk('go'));
  assert.equal(await client.takeThrough('0\r\n\r\n'), '3\r\none\r\n0\r\n\r\n');
  client.send(`${chunk('more')}0\r\n\r\n${get('/other')}`);
  assert.equal(statusOf(await readAnswer(client)), 404);
  proxy.expectLine({ path: '/up', status: 200, reason: undefined });
});

proxyTest('but not for a request that goes on and on', async (world) => {
  const { proxy } = await world.proxyTo(answersAtGo);
  const client = await world.send(proxy, chunkedHead('/'));
  await readHead(client);
  client.send(chunk('go'));
  assert.equal(await client.takeThrough('0\r\n\r\n'), '3\r\none\r\n0\r\n\r\n');
  const more = chunk('x'.repeat(100_000));
  for (let i = 0; i < 12; i++) client.send(more);
  assert.equal(await client.ended(), 'fin');
  proxy.expectLine({ path: '/', status: 200, reason: undefined });
});

proxyTest(
  'a small body that nobody reads is dropped and the connection goes on; a large one ends it',
  async (world) => {
    const proxy = await world.proxy({ routes: [{ path: '=/x' }] });
    const client = await world.send(proxy, `${head(3)}abc${head(60_000)}`);
    assert.equal(statusOf(await readAnswer(client)), 404);
    const second = await readAnswer(client);
    assert.equal(statusOf(second), 404);
    assert.equal(valueOf(second, 'connection'), undefined);
    client.send('x'.repeat(60_000) + head(1e6));
    const third = await readAnswer(client);
    assert.equal(valueOf(third, 'connection'), 'close');
    assert.equal(await client.ended(), 'fin');
  },
);

proxyTest('a 404 for a large upload is heard by a client that writes it all first', async (world) => {
  const proxy = await world.proxy({ routes: [{ path: '=/x' }] });
  const client = await world.client(proxy);
  client.send(head(8e6));
  await client.pour(Buffer.alloc(8e6));
  assert.equal(statusOf(await readAnswer(client)), 404);
});

proxyTest('a chunked body that nobody reads ends the connection after the answer', async (world) => {
  const proxy = await world.proxy({ routes: [{ path: '=/x' }] });
  const client = await world.send(proxy, chunkedHead('/') + chunk('abc'));
  const answer = await readAnswer(client);
  assert.equal(statusOf(answer), 404);
  assert.equal(valueOf(answer, 'connection'), 'close');
  assert.equal(await client.ended(), 'fin');
});

for (const way of ['reset', 'end', 'destroy'] as const) {
  proxyTest(
    `a server that goes away (${way}) in the middle of an upload without an answer gives 502, every time`,
    async (world) => {
      const { proxy } = await world.proxyTo(async (peer) => {
        await readHead(peer);
        await peer.takeBytes(1);
        peer[way]();
      });
      const body = Buffer.alloc(4e6, 'x');
      const ask = async (): Promise<number> => {
        const client = await world.send(proxy, head(body.length));
        const poured = client.pour(body).catch(() => {});
        const answer = await readAnswer(client);
        client.reset();
        await poured;
        return statusOf(answer);
      };
      const statuses = await Promise.all(Array.from({ length: 20 }, ask));
      assert.ok(
        statuses.every((status) => status === 502),
        statuses.join(),
      );
    },
  );
}

proxyTest(
  'an answer that is whole is passed on whole, though the server reset behind it and the client is slow',
  async (world) => {
    const body = 'y'.repeat(300_000);
    const { proxy, server } = await world.proxyTo(async (peer) => {
      await readHead(peer);
      peer.send(ok(body));
    });
    for (let i = 0; i < 10; i++) {
      const client = await world.client(proxy);
      client.stall();
      client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n`);
      await until('the answer on its way', () => server.peers[i]?.socket.bytesWritten === ok(body).length);
      const peer = server.peers[i]!;
      await arrived(peer.socket); // A reset takes with it what its own system still has.
      client.send('abc');
      await turns(5);
      peer.reset();
      await turns(5);
      client.readOn();
      assert.equal((await readAnswer(client)).body.length, body.length);
    }
  },
);
