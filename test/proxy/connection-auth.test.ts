import assert from 'node:assert/strict';

import { readAnswer, readRequest, statusOf, textOf, valueOf } from '../harness/message.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { ok, type Script } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

/** Like a server with NTLM: the connection is the user whose credentials came on it first. Answers with who it takes the client for. */
const ntlmServer: Script = async (peer, server) => {
  let user = 'nobody';
  try {
    for (;;) {
      const request = await readRequest(peer);
      const credentials = valueOf(request, 'authorization');
      if (credentials !== undefined) user = credentials.split(' ')[1]!;
      peer.send(ok(`${user} ${server.peers.indexOf(peer)}`));
    }
  } finally {
    peer.end();
  }
};

const login = (user: string, scheme = 'NTLM'): string => get('/', `Authorization: ${scheme} ${user}\r\n`);

for (const scheme of ['NTLM', 'Negotiate', 'ntlm', 'negotiate']) {
  proxyTest(`${scheme}: each client has a server connection of its own, which nobody else ever gets`, async (world) => {
    const { proxy, server } = await world.proxyTo(ntlmServer);
    const stranger = await world.send(proxy, get('/'));
    assert.equal(textOf(await readAnswer(stranger)), 'nobody 0');
    const [ann, bob] = [await world.client(proxy), await world.client(proxy)];
    ann.send(login('ann', scheme));
    assert.equal(textOf(await readAnswer(ann)), 'ann 1');
    bob.send(login('bob', scheme));
    assert.equal(textOf(await readAnswer(bob)), 'bob 2');
    for (let i = 0; i < 3; i++) {
      for (const [client, wanted] of [
        [ann, 'ann 1'],
        [bob, 'bob 2'],
        [stranger, 'nobody 0'],
      ] as const) {
        client.send(get(`/${i}`));
        assert.equal(textOf(await readAnswer(client)), wanted);
      }
    }
    ann.reset();
    await until("an end of ann's server connection", () => server.peers[1]!.ending !== 'open');
    const other = await world.send(proxy, get('/'));
    assert.equal(textOf(await readAnswer(other)), 'nobody 0');
    assert.equal(server.peers.length, 3);
  });
}

proxyTest('Basic and Bearer credentials bind nothing', async (world) => {
  const { proxy, server } = await world.proxyTo(ntlmServer);
  for (const scheme of ['Basic', 'Bearer', 'NTLMv9']) {
    const client = await world.send(proxy, login('ann', scheme));
    await readAnswer(client);
    client.reset();
  }
  assert.equal(server.peers.length, 1);
});

proxyTest('a bound client stays with its server, though there are others', async (world) => {
  const servers = [await world.server(ntlmServer), await world.server(ntlmServer)];
  const proxy = await world.proxy({ servers });
  const client = await world.client(proxy);
  for (let i = 0; i < 6; i++) {
    client.send(i === 1 ? login('ann') : get('/'));
    const text = textOf(await readAnswer(client));
    if (i >= 1) assert.match(text, /^ann /);
  }
  assert.equal(servers[0]!.peers.length + servers[1]!.peers.length, 2);
});

proxyTest("a bound connection that the server has closed is not replaced by a stranger's", async (world) => {
  const { proxy, server } = await world.proxyTo(ntlmServer);
  const idle = [await world.client(proxy), await world.client(proxy)];
  for (const client of idle) client.send(get('/'));
  for (const client of idle) await readAnswer(client);
  const client = await world.send(proxy, login('ann'));
  assert.match(textOf(await readAnswer(client)), /^ann /);
  const bound = server.peers.at(-1)!;
  const { open } = proxy.serverConnections;
  bound.reset();
  await until('the end at the proxy', () => proxy.serverConnections.open === open - 1);
  client.send(login('ann'));
  assert.equal(textOf(await readAnswer(client)), `ann ${server.peers.length - 1}`);
  idle[0]!.send(get('/'));
  assert.match(textOf(await readAnswer(idle[0]!)), /^nobody /);
});

proxyTest('the binding holds over a reload that keeps the pool', async (world) => {
  const { proxy, server } = await world.proxyTo(ntlmServer);
  const client = await world.send(proxy, login('ann'));
  assert.equal(textOf(await readAnswer(client)), 'ann 0');
  await proxy.apply({ servers: [server], routes: [{}, { path: '/new' }] });
  client.send(get('/'));
  assert.equal(textOf(await readAnswer(client)), 'ann 0');
});

proxyTest('credentials of a connection are refused from a trusted proxy, and never leave', async (world) => {
  const { proxy, server } = await world.proxyTo(ntlmServer, { forwarding: { trustedProxies: ['127.0.0.1'] } });
  const client = await world.send(proxy, login('ann') + get('/'));
  const answer = await readAnswer(client);
  assert.equal(statusOf(answer), 403);
  assert.match(textOf(answer), /connection-auth-through-proxy/);
  assert.equal(textOf(await readAnswer(client)), 'nobody 0');
  assert.equal(server.peers.length, 1);
});
