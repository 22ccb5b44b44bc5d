import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';

import type { Logger } from '../../core/log.ts';
import { AdminUnreachable, callAdmin } from './admin-client.ts';
import { AdminServer, type AdminRoutes } from './admin-server.ts';
import { ControlSocketError } from './control-socket.ts';

const quiet: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const routes: AdminRoutes = {
  'GET /-/healthy': {
    access: 'open',
    ignoresQuery: true,
    handler: async () => ({ status: 200, body: { healthy: true } }),
  },
  'POST /echo': { access: 'token', handler: async ({ body }) => ({ status: 200, body: { body } }) },
  'POST /large': { access: 'token', maxBodyBytes: 1_000_000, handler: async () => ({ status: 200, body: {} }) },
  'POST /broken': {
    access: 'token',
    handler: async () => {
      throw new Error('planted');
    },
  },
};

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-admin-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function listening(t: TestContext, path: string): Promise<AdminServer> {
  const server = new AdminServer(routes, quiet);
  await server.listen(path);
  t.after(() => server.close(0));
  return server;
}

const get = { method: 'GET', timeoutMs: 5000 } as const;
const post = { method: 'POST', timeoutMs: 5000 } as const;

test('the socket and the folder made for it are for the owner alone', async (t) => {
  const path = join(folderOf(t), 'made', 'postern.sock');
  await listening(t, path);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
});

test('calls are answered with JSON', async (t) => {
  const path = join(folderOf(t), 's');
  await listening(t, path);
  assert.deepEqual(await callAdmin(path, { ...get, path: '/-/healthy' }), { status: 200, body: { healthy: true } });
  assert.deepEqual(await callAdmin(path, { ...post, path: '/echo', body: { a: [1] } }), {
    status: 200,
    body: { body: { a: [1] } },
  });
  assert.deepEqual(await callAdmin(path, { ...post, path: '/echo' }), { status: 200, body: {} });
});

test('what cannot be answered is said in a list of problems', async (t) => {
  const path = join(folderOf(t), 's');
  await listening(t, path);
  const problems = async (call: Parameters<typeof callAdmin>[1]) => {
    const { status, body } = await callAdmin(path, call);
    return [status, ...(body as { problems: { message: string }[] }).problems.map(({ message }) => message)];
  };
  assert.deepEqual(await problems({ ...get, path: '/nothing' }), [
    404,
    'Cannot find /nothing: there are /-/healthy, /echo, /large, /broken',
  ]);
  assert.deepEqual(await problems({ ...get, path: '/constructor' }), [
    404,
    'Cannot find /constructor: there are /-/healthy, /echo, /large, /broken',
  ]);
  assert.deepEqual(await problems({ ...get, path: '/echo' }), [405, 'Cannot GET /echo: it takes POST']);
  assert.deepEqual(await problems({ ...post, path: '/-/healthy' }), [
    405,
    'Cannot POST /-/healthy: it takes GET, HEAD',
  ]);
  assert.deepEqual(await problems({ ...post, path: '/broken' }), [500, 'planted']);
  assert.deepEqual(await problems({ ...post, path: '/echo?x=1' }), [400, 'Cannot read the query: /echo takes none']);
  assert.deepEqual(await problems({ ...post, path: '/echo', body: 'x'.repeat(70_000) }), [
    413,
    'Cannot read the body: more than 65536 bytes came',
  ]);
  assert.deepEqual(await problems({ ...post, path: '/large', body: 'x'.repeat(3_000_000) }), [
    413,
    'Cannot read the body: more than 1000000 bytes came',
  ]);
  assert.equal((await callAdmin(path, { ...post, path: '/large', body: 'x'.repeat(900_000) })).status, 200);
  assert.equal((await callAdmin(path, { ...get, path: '/-/healthy?from=here' })).status, 200);
});

test('HEAD is a GET without its body, and keeps the connection', async (t) => {
  const path = join(folderOf(t), 's');
  await listening(t, path);
  const socket = connect(path);
  socket.write('HEAD /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n');
  socket.write('GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const all = await text(socket);
  const [head = '', got = ''] = all.split(/(?<!^)(?=HTTP\/1\.1 200)/);
  assert.match(head, /^HTTP\/1\.1 200 OK\r\n(?:.*\r\n)*content-length: 17\r\n(?:.*\r\n)*\r\n$/i);
  assert.doesNotMatch(head, /connection: close/i);
  assert.ok(got.endsWith('{"healthy":true}\n'));
});

test('a socket that a dead process left is taken over', async (t) => {
  const path = join(folderOf(t), 's');
  // A unix server that lost its handle without closing leaves its file: the same as after a crash.
  const dead = createServer();
  await new Promise<void>((resolve) => void dead.listen(path, resolve));
  const copy = `${path}.kept`;
  const { linkSync, renameSync } = await import('node:fs');
  linkSync(path, copy);
  await new Promise((resolve) => void dead.close(resolve));
  renameSync(copy, path);
  assert.ok(statSync(path).isSocket());

  await listening(t, path);
  assert.equal((await callAdmin(path, { ...get, path: '/-/healthy' })).status, 200);
});

test('a socket that answers is left alone, and said to be in use', async (t) => {
  const path = join(folderOf(t), 's');
  await listening(t, path);
  const error = await new AdminServer(routes, quiet).listen(path).catch((e: unknown) => e);
  assert.ok(error instanceof ControlSocketError);
  assert.equal(error.taken, true);
  assert.match(error.message, /^Cannot open the control socket .*: Postern is already running with it; stop that one/);
  assert.equal((await callAdmin(path, { ...get, path: '/-/healthy' })).status, 200);
});

test('what is not a socket is never removed', async (t) => {
  const path = join(folderOf(t), 'file');
  writeFileSync(path, 'precious');
  await assert.rejects(
    new AdminServer(routes, quiet).listen(path),
    /there is something else than a socket in its place/,
  );
  assert.equal(statSync(path).size, 8);
});

test('paths that cannot be are said in words', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'file'), '');
  const listen = (path: string) => new AdminServer(routes, quiet).listen(path);
  await assert.rejects(listen(join(folder, 'x'.repeat(120))), /its path has \d+ bytes, a unix socket's may have 107/);
  await assert.rejects(listen(join(folder, 'file', 's')), /a part of its path is a file, not a folder/);
});

test('close() removes the socket', async (t) => {
  const path = join(folderOf(t), 's');
  const server = await listening(t, path);
  await server.close(100);
  assert.throws(() => statSync(path), { code: 'ENOENT' });
});

test('callAdmin() says what to do where nobody answers', async (t) => {
  const folder = folderOf(t);
  const absent = await callAdmin(join(folder, 'none'), { ...get, path: '/' }).catch((e: unknown) => e);
  assert.ok(absent instanceof AdminUnreachable);
  assert.equal(absent.absent, true);
  assert.match(absent.message, /nothing listens there; start it with "postern run", or name its socket with --socket$/);
});

test('callAdmin() bounds its wait and knows that a stranger is no Postern', async (t) => {
  const folder = folderOf(t);
  const silent = createServer((socket) => void socket.on('error', () => {}));
  const stranger = createServer((socket) => void socket.on('error', () => {}).end('SSH-2.0-x\r\n'));
  await new Promise<void>((resolve) => void silent.listen(join(folder, 'silent'), resolve));
  await new Promise<void>((resolve) => void stranger.listen(join(folder, 'stranger'), resolve));
  t.after(() => {
    silent.close();
    stranger.close();
  });
  await assert.rejects(
    callAdmin(join(folder, 'silent'), { method: 'GET', path: '/', timeoutMs: 50 }),
    /no answer came within 0\.05 s/,
  );
  await assert.rejects(callAdmin(join(folder, 'stranger'), { ...get, path: '/' }), /what answers there is not Postern/);
});
