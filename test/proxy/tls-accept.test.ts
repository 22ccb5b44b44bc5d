import assert from 'node:assert/strict';
import net from 'node:net';
import tls from 'node:tls';

import { pendingWriteBytes, socketBelow } from '../../src/core/raw-socket.ts';
import { resetSocket } from '../../src/core/reset-socket.ts';
import { Acceptor, type AcceptedConnection } from '../../src/proxy/accept/acceptor.ts';
import { ConnectionGate } from '../../src/proxy/accept/connection-gate.ts';
import { tlsPlan } from '../harness/certificates.ts';
import { needing } from '../harness/peers/needing.ts';
import { planOf } from '../harness/plan-of.ts';
import { tlsSite } from '../harness/tls-site.ts';
import { turns, until } from '../harness/until.ts';

const { test } = needing('openssl');

const site = tlsSite();
const ignore = (): void => {};

interface Pair {
  readonly client: tls.TLSSocket;
  readonly accepted: AcceptedConnection;
  readonly chunks: Buffer[];
  readonly gate: ConnectionGate;
}

/** Both ends of a connection that has shaken hands; nothing has been read of it. */
async function withPair(body: (pair: Pair) => Promise<void>): Promise<void> {
  const gate = new ConnectionGate();
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const acceptor = new Acceptor({ gate, log });
  const [plan] = planOf({ tls: tlsPlan([site.a]) }, '').listeners;
  const connections: AcceptedConnection[] = [];
  const start = { plan: plan!, tls: acceptor.tlsFor(plan!, undefined) };
  const listener = await acceptor.open(start, (connection) => void connections.push(connection));
  const port = Number(listener.address.split(':')[1]);
  const client = tls.connect({
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    allowHalfOpen: true,
  } as tls.ConnectionOptions);
  client.on('error', ignore);
  const chunks: Buffer[] = [];
  try {
    await until('a connection', () => connections.length === 1 && client.getProtocol() !== null);
    connections[0]!.onBytes = (chunk) => chunks.push(Buffer.from(chunk)) > 0;
    await body({ client, accepted: connections[0]!, chunks, gate });
  } finally {
    client.destroy();
    connections[0]?.socket.destroy();
    await listener.close();
    await until('an empty gate', () => gate.open === 0);
    assert.equal(listener.connections, 0);
  }
}

test('what rests on private properties holds: the socket below a TLS socket is the one that was accepted', async () => {
  await withPair(async ({ accepted }) => {
    const below = socketBelow(accepted.socket);
    assert.ok(below instanceof net.Socket);
    assert.equal(below.remotePort, accepted.port);
    assert.equal(typeof pendingWriteBytes(accepted.socket), 'number');
    assert.equal(typeof pendingWriteBytes(below), 'number');
  });
});

test('a connection knows its addresses, what was agreed on, and counts once', async () => {
  await withPair(async ({ client, accepted, gate }) => {
    assert.deepEqual(
      [accepted.address, accepted.port, accepted.localPort],
      ['127.0.0.1', client.localPort, client.remotePort],
    );
    const { version, serverName, resumed, cipher, clientCertificate } = accepted.tls!;
    const facts = { version, serverName, resumed, cipher, clientCertificate };
    assert.deepEqual(facts, {
      version: 'TLSv1.3',
      serverName: '',
      resumed: false,
      cipher: client.getCipher().name,
      clientCertificate: undefined,
    });
    assert.equal(gate.open, 1);
  });
});

test('nothing is handed out before resume(), nor after false until the next one', async () => {
  await withPair(async ({ client, accepted, chunks }) => {
    client.write('early');
    await turns(20);
    assert.equal(chunks.length, 0);
    accepted.onBytes = (chunk) => chunks.push(Buffer.from(chunk)) === 0;
    accepted.socket.resume();
    await until('the first bytes', () => chunks.length === 1);
    client.write('later');
    await turns(20);
    assert.equal(chunks.length, 1);
    accepted.socket.resume();
    await until('the next bytes', () => chunks.length === 2);
    assert.equal(String(Buffer.concat(chunks)), 'earlylater');
  });
});

test('what a stalled reader has not taken stays with the sender', async () => {
  await withPair(async ({ client, accepted, chunks }) => {
    accepted.onBytes = (chunk) => chunks.push(Buffer.from(chunk)) === 0;
    accepted.socket.resume();
    client.write(Buffer.alloc(50_000_000));
    await until('bytes', () => chunks.length === 1);
    await turns(200);
    assert.equal(chunks.length, 1);
    assert.ok(accepted.socket.bytesRead < 20_000_000, `${accepted.socket.bytesRead} bytes were read`);
    assert.ok(client.writableLength > 0);
  });
});

test('the answer after the client has closed its side arrives whole', async () => {
  await withPair(async ({ client, accepted, chunks }) => {
    let ended = false;
    accepted.socket.on('end', () => (ended = true));
    accepted.socket.resume();
    client.end('question');
    await until('the end of the question', () => ended);
    assert.equal(String(Buffer.concat(chunks)), 'question');
    let got = 0;
    let clientEnded = false;
    client.on('data', (chunk: Buffer) => (got += chunk.length));
    client.on('end', () => (clientEnded = true));
    accepted.socket.end(Buffer.alloc(2_000_000));
    await until('the answer', () => clientEnded);
    assert.equal(got, 2_000_000);
  });
});

test('pendingWriteBytes() moves as the peer takes bytes, stands still while it does not, and falls to 0', async () => {
  await withPair(async ({ client, accepted }) => {
    accepted.socket.resume();
    assert.equal(pendingWriteBytes(accepted.socket), 0);
    client.pause();
    accepted.socket.write(Buffer.alloc(20_000_000));
    let [stalled, looks] = [-1, 0];
    await until('a stop of the flow', () => {
      const waiting = pendingWriteBytes(accepted.socket)!;
      looks = waiting === stalled ? looks + 1 : 0;
      stalled = waiting;
      return looks >= 30;
    });
    assert.ok(stalled > 0);
    await turns(200);
    assert.equal(pendingWriteBytes(accepted.socket), stalled, 'nobody reads, nothing moves');
    let seen = 0;
    const values = new Set<number>();
    client.on('data', (chunk: Buffer) => {
      seen += chunk.length;
      values.add(pendingWriteBytes(accepted.socket)!);
    });
    client.resume();
    await until('all bytes', () => seen === 20_000_000);
    assert.ok(values.size > 2, `${values.size} different values`); // The system may take much at once.
    await until('nothing pending', () => pendingWriteBytes(accepted.socket) === 0);
  });
});

test('resetSocket() resets the connection below, whatever waits to be written', async () => {
  for (const bytes of [0, 10, 20_000_000]) {
    await withPair(async ({ client, accepted, gate }) => {
      let code = '';
      client.on('error', (error: NodeJS.ErrnoException) => (code = error.code ?? ''));
      accepted.socket.resume();
      if (bytes > 0) accepted.socket.write(Buffer.alloc(bytes));
      client.resume();
      resetSocket(accepted.socket);
      await until('both ends', () => client.closed && accepted.socket.closed && gate.open === 0);
      assert.equal(code, 'ECONNRESET', `${bytes} bytes`);
    });
  }
});

test('resetSocket() ends a connection that is being closed, too', async () => {
  for (const bytes of [0, 20_000_000]) {
    await withPair(async ({ client, accepted, gate }) => {
      accepted.socket.resume();
      client.pause();
      accepted.socket.end(Buffer.alloc(bytes));
      resetSocket(accepted.socket);
      await until('our end', () => accepted.socket.closed && gate.open === 0);
    });
    await withPair(async ({ client, accepted, gate }) => {
      accepted.socket.resume();
      client.pause();
      accepted.socket.end(Buffer.alloc(bytes));
      await turns(20);
      resetSocket(accepted.socket);
      await until('our end', () => accepted.socket.closed && gate.open === 0);
    });
  }
});

test('a receiver that throws ends its own connection', async () => {
  await withPair(async ({ client, accepted }) => {
    accepted.onBytes = () => {
      throw new Error('planted');
    };
    accepted.socket.resume();
    client.write('x');
    await until('an end', () => accepted.socket.closed);
  });
});
