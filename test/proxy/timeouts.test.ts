import assert from 'node:assert/strict';

import { pendingWriteBytes } from '../../src/core/raw-socket.ts';
import { asTimePasses } from '../harness/h2.ts';
import { readAnswer, readHead, statusOf, valueOf } from '../harness/message.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import type { RawPeer } from '../harness/raw-peer.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { chunkedHead, get } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

const upload = 'POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n';
/** Reads nothing more than the head, ever. */
const readsNoBody = async (peer: { stall(): void; ended(): Promise<unknown> }): Promise<void> => {
  peer.stall();
};

/** Time goes by for the proxy until it has something to say. */
const untilHeard = (proxy: ProxyUnderTest, client: RawPeer): Promise<void> =>
  asTimePasses(proxy, 'an answer', () => client.queue.length > 0 || client.ending !== 'open');

/** So long that the proxy looks at what is due, whatever its clock says: its wheel turns by real time. */
const aLook = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 250));

/** @returns how many bytes wait at a peer that the other side takes no more from. */
async function stopOfFlow(peer: RawPeer): Promise<number> {
  let [last, looks] = [-1, 0];
  await until('a stop of the flow', () => {
    const waiting = pendingWriteBytes(peer.socket)!;
    looks = waiting === last ? looks + 1 : 0;
    last = waiting;
    return looks >= 30;
  });
  return last;
}

proxyTest('a request body that stalls gets 408, and the server a reset instead of half a request', async (world) => {
  const { proxy, server } = await world.proxyTo(() => {}, { timeouts: { bodyIdleMs: 5000 } });
  const client = await world.send(proxy, `${upload}abc`);
  await until('the request at the server', () => server.bytesReceived > 0);
  await untilHeard(proxy, client);
  const answer = await readAnswer(client);
  assert.equal(statusOf(answer), 408);
  assert.equal(valueOf(answer, 'connection'), 'close');
  proxy.expectLine({ path: '/up', reason: 'body-timeout' });
  assert.equal(await server.peers[0]!.ended(), 'reset');
});

proxyTest(
  'a request body that trickles below the minimum rate gets 408, one that is fast enough does not',
  async (world) => {
    const { proxy, server } = await world.proxyTo(
      serve(() => ok()),
      { timeouts: { bodyIdleMs: 5000, bodyMinRate: 2000 } },
    );
    const slow = await world.send(proxy, upload);
    await asTimePasses(proxy, 'an answer', () => {
      slow.send('x');
      return slow.queue.length > 0;
    });
    assert.equal(statusOf(await readAnswer(slow)), 408);
    const before = server.bytesReceived;
    const fast = await world.send(proxy, 'POST /fast HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n');
    for (let sent = 10_000; sent <= 60_000; sent += 10_000) {
      fast.send('x'.repeat(10_000));
      await until('them at the server', () => server.bytesReceived > before + sent);
      proxy.turnClock(2500);
      await aLook();
    }
    assert.equal(statusOf(await readAnswer(fast)), 200);
  },
);

proxyTest('a chunked body that sends nothing but chunk extensions is ended', async (world) => {
  const { proxy } = await world.proxyTo(() => {}, { timeouts: { bodyIdleMs: 200 } });
  const client = await world.send(proxy, `${chunkedHead('/')}5;`);
  const drip = setInterval(() => client.send('x'), 20);
  world.after(() => clearInterval(drip));
  assert.equal(statusOf(await readAnswer(client)), 408);
});

proxyTest(
  "a client that is fast is not blamed for a server that does not read: 504 by the server's own limit",
  async (world) => {
    const { proxy } = await world.proxyTo(readsNoBody, {
      timeouts: { bodyIdleMs: 5000, bodyMinRate: 1000 },
      pool: { timeouts: { idleMs: 15_000 } },
    });
    const client = await world.send(proxy, upload);
    void client.pour(Buffer.alloc(50e6)).catch(() => {});
    await stopOfFlow(client);
    await asTimePasses(proxy, 'an end', () => proxy.log.read().length > 0);
    const line = await proxy.log.ofPath('/up');
    assert.equal(line.reason, 'server-write-timeout');
    assert.equal(line.status, 504);
    client.reset();
  },
);

proxyTest('a large upload to a server that never reads waits in the kernel, not in memory', async (world) => {
  const { proxy, server } = await world.proxyTo(readsNoBody);
  const body = Buffer.alloc(50e6, 'x');
  const client = await world.send(proxy, upload);
  await until('the request at the server', () => server.peers.length === 1);
  const before = process.memoryUsage().rss;
  client.send(body);
  const waiting = await stopOfFlow(client);
  assert.ok(waiting > 20e6, `only ${waiting} bytes wait at the client`);
  assert.ok(process.memoryUsage().rss - before < 80e6);
  server.peers[0]!.reset(); // Only now does the proxy look at its client again.
});

proxyTest('a client that takes none of a 50 MB answer is cut off, and the server with it', async (world) => {
  const body = Buffer.alloc(50e6);
  const { proxy, server } = await world.proxyTo(
    async (peer) => {
      await readHead(peer);
      peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
      await peer.pour(body);
    },
    { timeouts: { writeMs: 300 } },
  );
  const client = await world.client(proxy);
  client.stall();
  client.send(get('/big'));
  const line = await proxy.log.ofPath('/big');
  assert.equal(line.reason, 'write-timeout');
  assert.ok(line.bytesOut < 30e6);
  await until('an end of the server connection', () => server.open === 0);
  client.readOn();
  client.sink = () => {};
  assert.equal(await client.ended(), 'reset');
});

proxyTest('a client that is slow but takes something is not cut off by the write limit', async (world) => {
  const body = Buffer.alloc(24e6, 'z');
  const { proxy } = await world.proxyTo(
    serve(() => Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), body])),
    {
      timeouts: { writeMs: 4000 },
    },
  );
  const client = await world.client(proxy);
  let pieces = 0;
  client.sink = (piece) => {
    client.queue.push(piece);
    if (++pieces % 4 > 0) return;
    proxy.turnClock(200); // 20 sips, which are some megabytes, make up the limit.
    client.stall();
    setTimeout(() => client.readOn(), 5);
  };
  client.send(get('/slow'));
  assert.equal((await readAnswer(client)).body.length, body.length);
  assert.ok(pieces >= 4 * 60, `${pieces} pieces are less than three times the limit`);
});

proxyTest('a server that answers nothing in time gets 504 answered for it', async (world) => {
  const { proxy, server } = await world.proxyTo(() => {}, { pool: { timeouts: { firstByteMs: 200 } } });
  const client = await world.send(proxy, get('/late') + get('/late'));
  for (let i = 0; i < 2; i++) {
    const answer = await readAnswer(client);
    assert.equal(statusOf(answer), 504);
    assert.equal(valueOf(answer, 'connection'), undefined);
  }
  proxy.expectLine({ path: '/late', reason: 'server-timeout' });
  await until('an end of both server connections', () => server.open === 0);
});

proxyTest('the same where the head of the answer trickles or stalls in the middle', async (world) => {
  const { proxy } = await world.proxyTo(
    async (peer) => {
      await readHead(peer);
      peer.send('HTTP/1.1 200 O');
      const drip = setInterval(() => peer.send('K'), 20);
      await peer.ended().finally(() => clearInterval(drip));
    },
    { pool: { timeouts: { firstByteMs: 300 } } },
  );
  const client = await world.send(proxy, get('/'));
  assert.equal(statusOf(await readAnswer(client)), 504);
});

proxyTest('a server that falls silent within an answer is cut off, and the client notices', async (world) => {
  const { proxy } = await world.proxyTo(
    async (peer) => {
      await readHead(peer);
      peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    },
    { pool: { timeouts: { idleMs: 200 } } },
  );
  const client = await world.send(proxy, get('/silent'));
  assert.equal(await client.ended(), 'reset');
  proxy.expectLine({ path: '/silent', status: 200, reason: 'server-idle-timeout', bytesOut: 3 });
});

proxyTest('the first-byte limit does not run while the client still sends its body', async (world) => {
  const { proxy, server } = await world.proxyTo(
    serve(() => ok()),
    { pool: { timeouts: { firstByteMs: 10_000 } } },
  );
  const client = await world.send(proxy, 'POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n');
  for (let sent = 1; sent <= 3; sent++) {
    const before = server.bytesReceived;
    client.send('x');
    await until('it at the server', () => server.bytesReceived > before);
    if (sent === 3) break;
    proxy.turnClock(11_000);
    await aLook();
  }
  assert.equal(statusOf(await readAnswer(client)), 200);
});

proxyTest('a client that expects 100 from a server that never says anything gets 504', async (world) => {
  const { proxy } = await world.proxyTo(() => {}, { pool: { timeouts: { firstByteMs: 200 } } });
  const client = await world.send(
    proxy,
    'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
  );
  const answer = await readAnswer(client);
  assert.equal(statusOf(answer), 504);
  assert.equal(valueOf(answer, 'connection'), 'close');
});

proxyTest('a client that got its 100 and then sends nothing gets 408', async (world) => {
  const { proxy } = await world.proxyTo(
    async (peer) => {
      await readHead(peer);
      peer.send('HTTP/1.1 100 Continue\r\n\r\n');
    },
    { timeouts: { bodyIdleMs: 5000 } },
  );
  const client = await world.send(
    proxy,
    'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
  );
  assert.equal((await readHead(client)).start, 'HTTP/1.1 100 Continue');
  await untilHeard(proxy, client);
  assert.equal(statusOf(await readAnswer(client)), 408);
});

proxyTest('a client that never closes its side after a refused request is cut off', async (world) => {
  const proxy = await world.proxy({});
  const client = await world.send(proxy, 'nonsense\r\n\r\n');
  assert.equal(statusOf(await readAnswer(client)), 400);
  assert.equal(await client.ended(), 'fin');
  const drip = setInterval(() => client.send('x'.repeat(1000)), 10);
  world.after(() => clearInterval(drip));
  assert.equal(proxy.status.connections, 1);
  proxy.turnClock(5000);
  await until('an end', () => proxy.status.connections === 0);
});
