/**
 * Memory of an idle client connection: `node bench/micro/idle-connections.ts [connections] [onread|data]`.
 *
 * A child process accepts the connections through the product's acceptor and answers a request on each; RSS after a full collection is
 * taken before and after, so what the kernel keeps for a socket (about 3 kB on each side) is not in the figure.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import type { Logger } from '../../src/core/log.ts';
import type { ListenerPlan } from '../../src/proxy/plan.ts';
import { Acceptor } from '../../src/proxy/accept/acceptor.ts';
import { ConnectionGate } from '../../src/proxy/accept/connection-gate.ts';
import type { ReadBy } from '../../src/proxy/accept/raw-accept.ts';

/** Connections before the first measurement, so that code and pools are warm. */
const warmUp = 200;

const listenerPlan: ListenerPlan = {
  name: 'bench',
  address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
  timeouts: { headMs: 0, bodyIdleMs: 0, bodyMinRate: 0, keepAliveMs: 0, writeMs: 0, tunnelIdleMs: 0 },
  limits: { headBytes: 0, fields: 0, lineBytes: 0, chunkExtensionBytes: 0, trailerBytes: 0 },
  paths: { mergeSlashes: true },
  tls: undefined,
};

const [count = '2000', readBy = 'onread'] = process.argv.slice(2);
if (process.send === undefined) await measure(Number(count));
else await serve(readBy === 'data' ? 'data' : 'onread');

async function measure(connections: number): Promise<void> {
  const child = fork(import.meta.filename, [count, readBy], { execArgv: ['--expose-gc'] });
  const clients: net.Socket[] = [];
  try {
    const port = Number(await answer(child));
    await connect(clients, warmUp, port);
    const before = await residentBytes(child);
    await connect(clients, connections, port);
    const after = await residentBytes(child);
    const each = Math.round((after - before) / connections);
    console.log(`${process.version} ${readBy}: ${each} bytes for each of ${connections} idle connections`);
  } finally {
    for (const client of clients) client.destroy();
    child.kill();
  }
}

async function answer(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('Cannot measure: the child process has ended');
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return message;
}

async function residentBytes(child: ChildProcess): Promise<number> {
  child.send('measure');
  return Number(await answer(child));
}

/** Each connection is used once before it is idle, as by a request. */
async function connect(clients: net.Socket[], more: number, port: number): Promise<void> {
  for (let i = 0; i < more; i++) {
    const client = net.connect(port, '127.0.0.1');
    clients.push(client);
    client.write('GET / HTTP/1.1\r\nHost: example.com\r\n\r\n');
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that no backlog is in the figure
    await once(client, 'data');
  }
}

async function serve(how: ReadBy): Promise<void> {
  const log: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const acceptor = new Acceptor({ gate: new ConnectionGate(), log, readBy: how });
  const listener = await acceptor.open({ plan: listenerPlan, tls: undefined }, (connection) => {
    connection.onBytes = (chunk) => {
      connection.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Read: ${chunk.length}\r\n\r\n`, 'latin1');
      return true;
    };
    connection.socket.resume();
  });
  process.on('message', () => {
    globalThis.gc?.();
    globalThis.gc?.();
    process.send?.(process.memoryUsage.rss());
  });
  process.send?.(listener.address.split(':')[1]);
}
