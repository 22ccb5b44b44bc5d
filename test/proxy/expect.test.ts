import assert from 'node:assert/strict';

import { readAnswer, readHead, readRequest, statusOf, textOf, valueOf } from '../harness/message.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { get, post } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

const expecting = 'POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n';
const goOn = 'HTTP/1.1 100 Continue\r\n\r\n';

proxyTest('a 100 of the server lets the client send its body', async (world) => {
  const { proxy } = await world.proxyTo(async (peer) => {
    const head = await readHead(peer);
    assert.equal(valueOf(head, 'expect'), '100-continue');
    assert.equal(peer.queue.length, 0);
    peer.send(goOn);
    peer.send(ok((await peer.takeBytes(5)).toString()));
  });
  const client = await world.send(proxy, expecting);
  assert.equal((await readHead(client)).start, 'HTTP/1.1 100 Continue');
  client.send('hello');
  assert.equal(textOf(await readAnswer(client)), 'hello');
  client.send(get('/next'));
});

proxyTest('a client that expects 100 but does not wait is served all the same', async (world) => {
  const { proxy } = await world.proxyTo(async (peer) => {
    for (;;) {
      const request = await readRequest(peer);
      peer.send(goOn + ok(request.body.toString()));
    }
  });
  const client = await world.send(proxy, `${expecting}hello${expecting}again`);
  for (const body of ['hello', 'again']) {
    assert.equal((await readHead(client)).start, 'HTTP/1.1 100 Continue');
    assert.equal(textOf(await readAnswer(client)), body);
  }
});

proxyTest('a server that sends no 100 gets the body when the client stops waiting', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(({ body }) => ok(body.toString())));
  const client = await world.send(proxy, expecting);
  await until('the head at the server', () => server.bytesReceived > 0);
  assert.equal(client.queue.length, 0);
  client.send('hello');
  assert.equal(textOf(await readAnswer(client)), 'hello');
});

for (const status of ['417 Expectation Failed', '413 Content Too Large', '401 Unauthorized']) {
  proxyTest(
    `a server that answers ${status} instead of 100 is passed on, and the connection says that it ends`,
    async (world) => {
      const { proxy, server } = await world.proxyTo(async (peer) => {
        await readHead(peer);
        peer.send(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nno`);
      });
      const client = await world.send(proxy, expecting);
      const answer = await readAnswer(client);
      assert.equal(answer.start, `HTTP/1.1 ${status}`);
      assert.equal(textOf(answer), 'no');
      assert.equal(valueOf(answer, 'connection'), 'close');
      assert.equal(await client.ended(), 'fin');
      await server.peers[0]!.ended();
      assert.equal(server.peers[0]!.queue.length, 0);
    },
  );
}

proxyTest('where no server can be reached, the client that waits hears it at once', async (world) => {
  const server = await world.server(() => {});
  const { place } = server;
  await server.stop();
  const proxy = await world.proxy({ servers: [place] });
  const client = await world.send(proxy, expecting);
  const answer = await readAnswer(client);
  assert.equal(statusOf(answer), 502);
  assert.equal(valueOf(answer, 'connection'), 'close');
});

proxyTest('an expectation of HTTP/1.0 is ignored, another than 100-continue is refused', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(() => goOn + ok()));
  const old = await world.send(proxy, 'POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc');
  assert.equal(statusOf(await readAnswer(old)), 200);
  assert.equal(valueOf(server.requests[0]!, 'expect'), undefined);
  const odd = await world.send(proxy, post('/', 'abc', 'Expect: 200-ok\r\n'));
  assert.equal(statusOf(await readAnswer(odd)), 417);
  assert.equal(server.requests.length, 1);
});

proxyTest('a 103 goes to a client of HTTP/1.1 before the answer, and not to one of HTTP/1.0', async (world) => {
  const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n';
  let asked = 0;
  const { proxy } = await world.proxyTo(
    async (peer) => {
      await readRequest(peer);
      asked++;
      peer.send(hints);
      await peer.ended();
    },
    { pool: { timeouts: { firstByteMs: 10_000 } } },
  );
  const client = await world.send(proxy, get('/'));
  const early = await readHead(client);
  assert.equal(early.start, 'HTTP/1.1 103 Early Hints');
  assert.equal(valueOf(early, 'link'), '</a>; rel=preload');
  proxy.turnClock(10_500);
  assert.equal(statusOf(await readAnswer(client)), 504);
  const old = await world.send(proxy, 'GET / HTTP/1.0\r\n\r\n');
  await until('the second request', () => asked === 2);
  proxy.turnClock(10_500);
  assert.equal(statusOf(await readAnswer(old)), 504);
});

proxyTest('a flood of 1xx answers is refused', async (world) => {
  const { proxy } = await world.proxyTo(serve(() => 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000) + ok()));
  const client = await world.send(proxy, get('/flood'));
  let head = await readHead(client);
  for (let seen = 0; head.start.includes(' 103 '); head = await readHead(client)) assert.ok(++seen < 100);
  assert.equal(statusOf(head), 502);
  proxy.expectLine({ path: '/flood', reason: 'server-junk' });
});

proxyTest('a slow 1xx does not put off the first-byte timeout for ever', async (world) => {
  const { proxy } = await world.proxyTo(
    async (peer) => {
      const drip = setInterval(() => peer.send('HTTP/1.1 103 Early Hints\r\n\r\n'), 60);
      try {
        await peer.ended();
      } finally {
        clearInterval(drip);
      }
    },
    { pool: { timeouts: { firstByteMs: 300 } } },
  );
  const client = await world.send(proxy, get('/drip'));
  let head = await readHead(client);
  while (head.start.includes(' 103 ')) head = await readHead(client);
  assert.ok(statusOf(head) === 504 || statusOf(head) === 502);
});
