import assert from 'node:assert/strict';
import net from 'node:net';

import { proxyTest, type World } from '../harness/proxy-test.ts';
import { responseCases } from './cases.ts';
import { differences, judge, type Verdict } from './response-judge.ts';
import { ResponseOrigin } from './response-origin.ts';
import { runResponseCase, type ResponseOutcome } from './response-run.ts';

// Who watches the proxy must see what a bad one does.

const short = 'a body that is shorter than announced and ends with a close';
const valid = 'a 203';
const dangerous = ['a second answer behind an answer', 'a body behind a 204', 'a length and chunks', 'a folded value'];

proxyTest('a proxy that passes on every byte as it is is found out', async (world) => {
  const verdictOf = await badProxy(world, (client, port) => {
    const server = net.connect(port, '127.0.0.1');
    client.pipe(server).pipe(client);
    server.on('error', () => client.destroy());
  });
  for (const name of dangerous) assert.equal(await verdictOf(name), 'unsafe', name);
  assert.equal(await verdictOf(short), 'as-expected');
  assert.equal(await verdictOf(valid), 'as-expected');
});

proxyTest('a proxy that takes half an answer for a whole one is found out', async (world) => {
  const verdictOf = await badProxy(world, (client, port) => {
    client.once('data', (request) => {
      let answer = '';
      const server = net.connect(port, '127.0.0.1', () => server.write(request));
      server.on('error', () => {}); // Told by 'close'.
      server.on('data', (chunk) => (answer += chunk.toString('latin1')));
      server.on('end', () => server.end());
      server.on('close', () => client.end(`HTTP/1.1 200 OK\r\n\r\n${answer.split('\r\n\r\n')[1]}`, 'latin1'));
    });
  });
  assert.equal(await verdictOf(short), 'unsafe');
});

proxyTest('a proxy that refuses everything refuses what is valid, and is safe', async (world) => {
  const verdictOf = await badProxy(world, (client) => {
    client.once('data', () => client.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'));
  });
  assert.equal(await verdictOf(valid), 'refused-valid');
  for (const name of ['a second answer behind an answer', 'a body behind a 204']) {
    assert.equal(await verdictOf(name), 'refused-valid', name);
  }
});

proxyTest('differences() looks at the reason in the log, which judge() of another proxy cannot know', async (world) => {
  const one = responseCases().find(({ refused }) => refused?.reason === 'server-junk')!;
  const origin = await ResponseOrigin.start();
  world.after(() => origin.stop());
  const proxy = await world.proxy({ servers: [{ kind: 'tcp', host: '127.0.0.1', port: origin.port }] });
  const outcome: ResponseOutcome = await runResponseCase(one, { port: proxy.port(), origin });
  assert.deepEqual(differences(one, outcome), []);
  assert.deepEqual(differences(one, { ...outcome, reason: 'server-closed' }), [
    'the log says server-closed, not server-junk',
  ]);
  assert.deepEqual(differences(one, { ...outcome, reason: null }), ['the log says null, not server-junk']);
});

/** A proxy that is not ours. @returns what is found when it gets the case of this name. */
async function badProxy(
  world: World,
  relay: (client: net.Socket, port: number) => void,
): Promise<(name: string) => Promise<Verdict>> {
  const origin = await ResponseOrigin.start();
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // Told by 'close'.
    relay(socket, origin.port);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  world.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => void server.close(resolve));
    await origin.stop();
  });
  const { port } = server.address() as net.AddressInfo;
  return async (name) => {
    const one = responseCases().find((candidate) => candidate.name === name)!;
    return judge(one, await runResponseCase(one, { port, origin })).verdict;
  };
}
