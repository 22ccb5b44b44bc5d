import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { ListenAddress } from '../plan.ts';
import { BoundedMessages } from './bounded-messages.ts';
import { connectTo, keepingLogger, planFor, tcp, unix } from './fixtures.test.ts';
import { Listener } from './listener.ts';

const clock = { now: () => 0, date: () => 0 };

/** Opens a listener that is closed after the test. */
async function opening(t: TestContext, address: ListenAddress, log = keepingLogger()): Promise<Listener> {
  const onSocket = (accepted: net.Socket): void => void accepted.destroy();
  const listener = await Listener.open(
    { plan: planFor(address), tls: undefined },
    onSocket,
    new BoundedMessages(log, clock),
  );
  t.after(() => listener.close());
  return listener;
}

const portOf = (listener: Listener): number => Number(listener.address.slice(listener.address.lastIndexOf(':') + 1));

test('an address in use is refused in words that name it', async (t) => {
  const listener = await opening(t, tcp('127.0.0.1'));
  const port = portOf(listener);
  await assert.rejects(opening(t, tcp('127.0.0.1', port)), {
    code: 'listen-failed',
    message: `Cannot listen on ${listener.address}: another program listens there already ("ss -ltnp" shows which); stop it or choose another port`,
  });
  await assert.rejects(opening(t, tcp(undefined, port)), /Cannot listen on :\d+: another program/);
  const client = await connectTo({ address: '127.0.0.1', family: 'IPv4', port });
  client.destroy();
  await listener.close();
  await (await opening(t, tcp('127.0.0.1', port))).close();
});

test('an address that is not of this machine is refused in words', async (t) => {
  const words = /^ProxyError: Cannot listen on 192\.0\.2\.1:8080: this machine has no address 192\.0\.2\.1 /;
  await assert.rejects(opening(t, tcp('192.0.2.1', 8080)), words);
});

test('a unix path in a missing folder, too long or taken is refused in words', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'postern-'));
  const at = (...names: string[]): Promise<Listener> => opening(t, unix(path.join(folder, ...names)));
  await assert.rejects(at('none', 's'), /the folder .*\/none does not exist; create it/);
  await assert.rejects(at('x'.repeat(120)), /at most 107; choose a shorter one/);
  await assert.rejects(at(), /something that is not a socket is there/);
  await assert.rejects(at('zero\0'), { code: 'listen-failed' });
  const listener = await at('s');
  await assert.rejects(at('s'), /another program answers there already/);
  await listener.close();
  await rm(folder, { recursive: true });
});

test('an unknown folder of the system is refused in words', async (t) => {
  await assert.rejects(opening(t, unix('/proc/none')), { code: 'listen-failed', message: /^Cannot listen on unix:/ });
});

test('a failure to accept is said once, and the listener goes on', async (t) => {
  const servers: net.Server[] = [];
  t.mock.method(net, 'createServer', (options: net.ServerOpts) => {
    servers.push(new net.Server(options));
    return servers[0];
  });
  const log = keepingLogger();
  const listener = await opening(t, tcp('127.0.0.1'), log);
  const failure = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' });
  for (let i = 0; i < 100; i++) servers[0]!.emit('error', failure);
  assert.equal(log.lines.length, 1);
  assert.match(
    log.lines[0]!.message,
    /^Cannot accept a connection on 127\.0\.0\.1:\d+: too many files are open; raise the limit/,
  );
  await listener.close();
});

const become = process.geteuid?.() === 0 ? process.seteuid?.bind(process) : undefined;

test('a port below 1024 without the right to it is refused in words', { skip: !become && 'needs root' }, async (t) => {
  let outcome: Listener | Error;
  become!(65_534);
  try {
    outcome = await opening(t, tcp('127.0.0.1', 81)).catch((refusal: Error) => refusal);
  } finally {
    become!(0);
  }
  if (outcome instanceof Listener) {
    await outcome.close();
    return t.skip('this system gives low ports to everybody');
  }
  assert.match(
    outcome.message,
    /^Cannot listen on 127\.0\.0\.1:81: this process may not use ports below 1024; allow it by AmbientCapabilities=/,
  );
});
