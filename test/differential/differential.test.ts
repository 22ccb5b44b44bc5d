import assert from 'node:assert/strict';
import net from 'node:net';

import { requestCases } from '../corpus/cases.ts';
import { needing } from '../harness/peers/needing.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import { Differential } from './differential.ts';
import { digestOf, heardId, heardTarget, type Ear } from './heard.ts';
import { Messages } from './messages.ts';
import { startRecorder } from './recorder.ts';
import { serverKinds } from './servers.ts';

/** Mutations that are tried here; `npm run differential` tries as many as are asked for. */
const mutants = 2500;
/** The run ends after so long on a slow machine, with fewer of them. */
const longestMs = 12_000;
/** The same ones each time: what has been found once is found again. */
const seed = 20;

const programs = serverKinds.flatMap(({ program }) => program ?? []);

needing(...programs).proxyTest('no server understands anything else than Postern does', async (world) => {
  const messages = new Messages(requestCases(), seed);
  const differential = await Differential.start(world, serverKinds);
  const end = performance.now() + longestMs;
  const count = messages.caseCount + mutants;
  for (let at = 0; at < count && performance.now() < end; at += 400) {
    await differential.round(Array.from({ length: Math.min(400, count - at) }, (_, i) => messages.message(at + i)));
  }
  const { differences, findings, passed } = differential.tally;
  assert.equal(differences, 0, `seed ${seed}:\n${findings.join('')}`);
  assert.ok(passed > 50, `only ${passed} messages got through`);
});

/** What two readers could take for two things: a body that is itself a request. */
const tricky = new Messages(
  requestCases().filter(({ passed }) => passed.some(({ body }) => body !== undefined && body.length > 0)),
  seed,
);

async function differencesOf(
  world: World,
  start: (world: World, ear: Ear) => Promise<number>,
): Promise<Differential['tally']> {
  const differential = await Differential.start(world, [{ name: 'odd', program: undefined, start }]);
  await differential.round(Array.from({ length: Math.min(20, tricky.caseCount) }, (_, i) => tricky.message(i)));
  return differential.tally;
}

proxyTest('a server that reads as the log says is no difference', async (world) => {
  const { differences, findings, passed } = await differencesOf(world, startRecorder);
  assert.equal(differences, 0, findings.join(''));
  assert.ok(passed > 0);
});

proxyTest('a server that overlooks bodies is found out', async (world) => {
  const { differences } = await differencesOf(world, (_, ear) => startSloppyServer(world, ear, ''));
  assert.ok(differences > 0);
});

proxyTest('a server that changes targets is found out', async (world) => {
  const { differences } = await differencesOf(world, (_, ear) => startSloppyServer(world, ear, '/changed'));
  assert.ok(differences > 0);
});

/** Reads heads alone, so that bodies are requests to it; and may understand another target. */
async function startSloppyServer(world: World, ear: Ear, suffix: string): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    let text = '';
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const [method = '', target = ''] = text.split(' ', 2);
        const id = /\r\nX-Request-Id: (\S+)/i.exec(text.slice(0, end))?.[1] ?? '';
        text = text.slice(end + 4);
        ear.add({ id, method, target: target + suffix, body: digestOf(Buffer.alloc(0)) });
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${heardId}: ${id}\r\n${heardTarget}: ${target}\r\n\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  world.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as net.AddressInfo).port;
}
