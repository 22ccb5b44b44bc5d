// oxlint-disable no-await-in-loop -- one case after the other
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { resetSocket } from './reset-socket.ts';

interface Pair {
  readonly client: net.Socket;
  readonly accepted: net.Socket;
  readonly errors: string[];
}

async function until(done: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!done()) {
    if (performance.now() > end) throw new Error(`still waiting for ${String(done)}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Runs `body` with both ends of a connection; the server's has no 'error' listener. */
async function withPair(where: net.ListenOptions, body: (pair: Pair) => Promise<void>): Promise<void> {
  const accepted: net.Socket[] = [];
  const server = net.createServer({ allowHalfOpen: true }, (socket) => accepted.push(socket));
  await new Promise<void>((resolve) => server.listen(where, resolve));
  const address = server.address()!;
  const client = typeof address === 'string' ? net.connect(address) : net.connect(address.port, address.address);
  const errors: string[] = [];
  client.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''));
  try {
    await until(() => accepted.length === 1 && !client.connecting);
    await body({ client, accepted: accepted[0]!, errors });
  } finally {
    client.destroy();
    accepted[0]?.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

const tcp = { host: '127.0.0.1', port: 0 };

test('resetSocket() makes the peer see a reset', async () => {
  await withPair(tcp, async ({ client, accepted, errors }) => {
    client.resume();
    resetSocket(accepted);
    await until(() => accepted.closed && client.closed);
    assert.deepEqual(errors, ['ECONNRESET']);
  });
});

test('resetSocket() cuts off a peer that has not taken the whole answer', async () => {
  await withPair(tcp, async ({ client, accepted, errors }) => {
    accepted.end(Buffer.alloc(20_000_000));
    await until(() => client.readableLength > 0 || accepted.bytesWritten > 0);
    resetSocket(accepted);
    client.resume();
    await until(() => accepted.closed && client.closed);
    assert.deepEqual(errors, ['ECONNRESET']);
  });
});

test('resetSocket() right after end() closes too, and leaves nothing open', async () => {
  const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  const before = sockets();
  await withPair(tcp, async ({ client, accepted }) => {
    client.resume();
    accepted.end('x');
    resetSocket(accepted);
    await until(() => accepted.closed && client.closed);
  });
  await until(() => sockets() <= before);
});

test('resetSocket() after the end was sent closes', async () => {
  await withPair(tcp, async ({ accepted }) => {
    accepted.end('x');
    await until(() => accepted.writableFinished);
    resetSocket(accepted);
    await until(() => accepted.closed);
  });
});

test('resetSocket() on what is closed already does nothing', async () => {
  await withPair(tcp, async ({ accepted }) => {
    accepted.destroy();
    resetSocket(accepted);
    await until(() => accepted.closed);
    resetSocket(accepted);
  });
});

test('resetSocket() closes a unix socket, which knows no reset', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'postern-'));
  await withPair({ path: path.join(folder, 's') }, async ({ client, accepted }) => {
    client.resume();
    accepted.write(Buffer.alloc(20_000_000));
    resetSocket(accepted);
    await until(() => accepted.closed && client.closed);
  });
  await rm(folder, { recursive: true });
});
