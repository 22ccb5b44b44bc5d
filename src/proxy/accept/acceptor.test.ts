// oxlint-disable no-await-in-loop -- one round after the other
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { AcceptedConnection } from './acceptor.ts';
import { at, echo, echoed, portOf, setUp } from './acceptor-setting.test.ts';
import { connectTo, readAll, tcp, unix, until } from './fixtures.test.ts';

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'postern-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

for (const readBy of ['onread', 'data'] as const) {
  test(`a listener on a unix socket answers, and its file goes with it (${readBy})`, async () => {
    await inFolder(async (folder) => {
      const file = path.join(folder, 's');
      await setUp(
        async ({ open, connections }) => {
          const listener = await open(unix(file));
          assert.equal(listener.address, `unix:${file}`);
          assert.equal(await echoed(file), 'hello');
          const { address, port, localPort } = connections[0]!;
          assert.deepEqual([address, port, localPort], ['unix', 0, 0]);
          await listener.close();
          assert.ok(!existsSync(file));
        },
        echo,
        readBy,
      );
    });
  });

  test(`an answer long after the client's FIN arrives (${readBy})`, async () => {
    await setUp(
      async ({ open, connections }) => {
        const listener = await open(tcp('127.0.0.1'));
        const client = await connectTo(at('127.0.0.1', listener), { allowHalfOpen: true });
        client.end('question');
        await until(() => connections[0]?.socket.readableEnded === true);
        assert.equal(await echoed(at('127.0.0.1', listener)), '');
        connections[0]!.socket.end('answer');
        assert.equal(String(await readAll(client)), 'answer');
      },
      (connection) => {
        connection.onBytes = () => true;
        if (connection.listener.connections > 1) connection.socket.end();
        connection.socket.resume();
      },
      readBy,
    );
  });

  test(`close() frees the address at once and keeps connections (${readBy})`, async () => {
    await setUp(
      async ({ open, connections, gate }) => {
        const listener = await open(tcp('127.0.0.1'));
        const client = await connectTo(at('127.0.0.1', listener), { allowHalfOpen: true });
        await until(() => connections.length === 1);
        await listener.close();
        await listener.close();
        const next = await open(tcp('127.0.0.1', portOf(listener)));
        assert.equal(next.address, listener.address);
        client.end('still here');
        assert.equal(String(await readAll(client)), 'still here');
        await until(() => gate.open === 0);
        assert.deepEqual([listener.connections, next.connections], [0, 0]);
      },
      echo,
      readBy,
    );
  });

  test(`200 quick connections: exactly as many come in as one client may have (${readBy})`, async () => {
    await setUp(
      async ({ open, gate, log, connections, clock }) => {
        gate.limits = { total: 1000, perClient: 37 };
        const listener = await open(tcp(undefined));
        const outcomes = await Promise.all(Array.from({ length: 200 }, () => outcome(at('127.0.0.1', listener))));
        assert.deepEqual([gate.open, gate.refused, connections.length], [37, 163, 37]);
        assert.equal(outcomes.filter((is) => is === 'hello').length, 37);
        assert.equal(outcomes.filter((is) => is === 'reset').length, 163);
        assert.equal(await outcome(at('::1', listener)), 'hello', 'another client is let in');
        assert.equal(log.lines.length, 1, 'one line for all of them');
        clock.ms += 1000;
        await outcome(at('127.0.0.1', listener));
        assert.deepEqual(log.lines[1], {
          level: 'warn',
          message: 'Cannot let a connection in: the client has as many connections as one may have',
          fields: { listener: 'web', client: '127.0.0.1', reason: 'too-many-client-connections', count: 163 },
        });
      },
      answerAndStay,
      readBy,
    );
  });

  test(`200 quick connections: exactly as many come in as may be open (${readBy})`, async () => {
    await setUp(
      async ({ open, gate, log }) => {
        gate.limits = { total: 53, perClient: 0 };
        const [one, two] = [await open(tcp('127.0.0.1')), await open(tcp('::1'))];
        const outcomes = await Promise.all(
          Array.from({ length: 200 }, (_, i) => outcome(i % 2 === 0 ? at('127.0.0.1', one) : at('::1', two))),
        );
        assert.deepEqual([gate.open, gate.refused, one.connections + two.connections], [53, 147, 53]);
        assert.equal(outcomes.filter((is) => is === 'hello').length, 53);
        assert.ok(log.lines.length <= 2, 'one line a listener');
        assert.equal(log.lines[0]!.fields!['reason'], 'too-many-connections');
      },
      answerAndStay,
      readBy,
    );
  });

  test(`over a unix socket too, who is too many is closed at once (${readBy})`, async () => {
    await inFolder(async (folder) => {
      const file = path.join(folder, 's');
      await setUp(
        async ({ open, gate }) => {
          gate.limits = { total: 1, perClient: 1 };
          await open(unix(file));
          assert.equal(await outcome(file), 'hello');
          assert.notEqual(await outcome(file), 'hello');
          assert.deepEqual([gate.open, gate.refused], [1, 1]);
        },
        answerAndStay,
        readBy,
      );
    });
  });

  test(`1,000 connections come and go in every way: each leaves exactly once (${readBy})`, async () => {
    await setUp(
      async ({ open, gate, connections }) => {
        const listener = await open(tcp('127.0.0.1'));
        for (let round = 1; round <= 10; round++) {
          const clients = await Promise.all(Array.from({ length: 100 }, () => connectTo(at('127.0.0.1', listener))));
          // In odd rounds the peers act at once: some have gone before they are accepted.
          if (round % 2 === 0) await until(() => gate.open === 100);
          for (const [i, client] of clients.entries()) {
            if (i % 4 === 0) client.resetAndDestroy();
            else if (i % 4 === 1) client.end('x');
            else if (i % 4 === 2) client.destroy();
          }
          const last = await connectTo(at('127.0.0.1', listener)); // Accepted after all others.
          await until(() => connections.some(({ port }) => port === last.localPort));
          for (const { socket } of connections.slice(-50)) socket.destroy();
          for (const client of clients) client.destroy();
          last.destroy();
          await until(() => gate.open === 0);
        }
        assert.equal(listener.connections, 0);
        assert.equal(gate.total, connections.length);
        assert.ok(connections.every(({ address, port }) => address === '127.0.0.1' && port > 0));
        assert.ok(gate.total >= 750, `${gate.total} were let in`);
      },
      echo,
      readBy,
    );
  });

  test(`a receiver that throws loses its connection, and nobody else's (${readBy})`, async () => {
    let calls = 0;
    await setUp(
      async ({ open, gate, log, clock }) => {
        const listener = await open(tcp('127.0.0.1'));
        const where = at('127.0.0.1', listener);
        await outcome(where);
        clock.ms += 1000;
        assert.equal(await echoed(where), '');
        assert.equal(await echoed(where), 'hello');
        await until(() => gate.open === 0);
        assert.deepEqual(
          log.lines.map(({ level, fields }) => [level, fields!['reason']]),
          [
            ['error', 'internal-error'],
            ['error', 'internal-error'],
          ],
        );
        assert.match(log.lines[0]!.message, /^Cannot go on with a connection: Error: bug at the start/);
        assert.match(log.lines[1]!.message, /bug in the middle/);
      },
      (connection) => {
        calls += 1;
        if (calls === 1) throw new Error('bug at the start');
        if (calls > 2) return echo(connection);
        connection.onBytes = (): never => {
          throw new Error('bug in the middle');
        };
        connection.socket.resume();
      },
      readBy,
    );
  });
}

function answerAndStay({ socket }: AcceptedConnection): void {
  socket.resume();
  socket.write('hello');
}

/** Connects and says what came: the first bytes, `reset` or `closed`. Stays connected after bytes. */
function outcome(where: string | net.AddressInfo): Promise<string> {
  const client =
    typeof where === 'string' ? net.connect(where) : net.connect({ host: where.address, port: where.port });
  return new Promise((resolve) => {
    client.once('data', (chunk) => resolve(String(chunk)));
    client.on('error', () => resolve('reset'));
    client.on('close', () => resolve('closed'));
  });
}
