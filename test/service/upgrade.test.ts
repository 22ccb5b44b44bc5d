/** A new process takes the place of the running one: under load, over TLS, by itself and started from outside. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';

import { addressOf, endsWell, isOpen, origin, start, until } from '../cli/command.ts';
import { issue, makeCa } from '../harness/certificates.ts';
import { freePort } from '../harness/free-port.ts';
import { needing } from '../harness/peers/needing.ts';
import { folder, gone, service, type Service } from './service.ts';

const execute = promisify(execFile);

function configOf(to: string, port: number, more = ''): string {
  return `listeners:\n  web: { address: "127.0.0.1:${port}" }\nroutes:\n  - to: ${to}\ngrace: 15s\n${more}`;
}

async function upgraded(postern: Service): Promise<number> {
  const outcome = await postern.command('upgrade');
  assert.equal(outcome.code, 0, outcome.stderr + postern.first.stderr());
  const after = Number(/^Process (\d+) has taken over/.exec(outcome.stdout)?.[1]);
  await answersAs(postern, after);
  return after;
}

/** The control socket of a successor opens a moment after the other one's is gone. */
async function answersAs(postern: Service, pid: number): Promise<void> {
  await until(
    async () => (await postern.pid().catch(() => undefined)) === pid || undefined,
    () => `process ${pid} on the control socket`,
  );
}

needing('wrk').test(
  'three upgrades in a row fail no request of wrk, kept-alive connections and one for each request',
  async (t) => {
    const [to, port] = [await origin(t, 'app'), await freePort()];
    const postern = await service(t, folder(t, configOf(to.url, port, 'accessLog: false\n')));
    const loads = ['Accept: */*', 'Connection: close'].map((header) =>
      execute('wrk', ['-t1', '-c16', '-d5s', '--timeout', '20s', '-H', header, `http://127.0.0.1:${port}/`], {
        timeout: 60_000,
      }),
    );
    const pids = [await postern.pid()];
    for (let i = 0; i < 3; i++) pids.push(await upgraded(postern));
    assert.equal(new Set(pids).size, 4);
    for (const { stdout } of await Promise.all(loads)) {
      assert.match(stdout, /\d{3,} requests in/);
      assert.doesNotMatch(stdout, /Socket errors|Non-2xx/, stdout);
    }
    for (const pid of pids.slice(0, 3)) await gone(pid);
  },
);

test('an upgrade lets requests in flight end in the process before, which writes its lines to the same log', async (t) => {
  const [to, port] = [await origin(t, 'app'), await freePort()];
  const log = 'accessLog: { file: access.log }\n';
  const postern = await service(t, folder(t, configOf(to.url, port, log)));
  const slow = textOf(`http://127.0.0.1:${port}/slow`);
  await until(
    () => to.waiting() === 1 || undefined,
    () => 'the slow request at the server',
  );
  const before = await postern.pid();
  await upgraded(postern);
  assert.equal(await textOf(`http://127.0.0.1:${port}/new`), 'app /new');
  to.release();
  assert.equal(await slow, 'app /slow');
  await gone(before);
  const lines = (): string => readFileSync(join(postern.cwd, 'access.log'), 'utf8');
  await until(() => (/"\/slow"/.test(lines()) && /"\/new"/.test(lines())) || undefined, lines);
  for (const line of lines().trim().split('\n')) JSON.parse(line);
});

test('upgrades to fewer and to more data threads leave no connection that nobody takes', async (t) => {
  const [to, port] = [await origin(t, 'app'), await freePort()];
  const postern = await service(t, folder(t, configOf(to.url, port, 'threads: 3\n')));
  for (const threads of [1, 4]) {
    postern.write(configOf(to.url, port, `threads: ${threads}\n`));
    // oxlint-disable-next-line no-await-in-loop -- one upgrade after the other
    await upgraded(postern);
    const asked = Array.from({ length: 40 }, (_, i) =>
      fetch(`http://127.0.0.1:${port}/${i}`, { headers: { connection: 'close' }, signal: AbortSignal.timeout(20_000) }),
    );
    // oxlint-disable-next-line no-await-in-loop
    for (const answer of await Promise.all(asked)) assert.equal(answer.status, 200);
  }
});

test('a successor that refuses its config changes nothing, and the command says why', async (t) => {
  const [to, port] = [await origin(t, 'app'), await freePort()];
  const postern = await service(t, folder(t, configOf(to.url, port)));
  const before = await postern.pid();
  postern.write(configOf(to.url, port, 'colour: red\n'));
  const refused = await postern.command('upgrade');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /colour/);
  assert.match(refused.stderr, /Nothing was changed: the process before goes on/);
  postern.write(configOf(to.url, port));
  assert.equal(await postern.pid(), before);
  assert.equal(await textOf(`http://127.0.0.1:${port}/x`), 'app /x');
  assert.equal((await postern.command('reload')).code, 0);
});

test('a successor that cannot open a new listener leaves the socket files and ports of the one before alone', async (t) => {
  const [to, port] = [await origin(t, 'app'), await freePort()];
  const cwd = folder(t, '');
  const taken = new URL(to.url).port;
  const yaml = (more: string): string =>
    `listeners:\n  a: { address: "unix:${cwd}/web.sock" }\n  web: { address: "127.0.0.1:${port}" }\n${more}` +
    `routes:\n  - to: ${to.url}\n`;
  writeFileSync(join(cwd, 'postern.yaml'), yaml(''));
  const postern = await service(t, cwd);
  postern.write(yaml(`  other: { address: "127.0.0.1:${taken}" }\n`));
  const refused = await postern.command('upgrade');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /another program listens there already/);
  assert.equal(await overUnix(join(cwd, 'web.sock')), 'app /');
  assert.equal(await textOf(`http://127.0.0.1:${port}/`), 'app /');
});

test('unix listeners go over with their file, and a listener that the new config does not have is closed', async (t) => {
  const [to, port, dropped] = [await origin(t, 'app'), await freePort(), await freePort()];
  const cwd = folder(t, '');
  const yaml = (more: string): string =>
    `listeners:\n  a: { address: "unix:${cwd}/web.sock" }\n  web: { address: "127.0.0.1:${port}" }\n${more}` +
    `routes:\n  - to: ${to.url}\n`;
  writeFileSync(join(cwd, 'postern.yaml'), yaml(`  old: { address: "127.0.0.1:${dropped}" }\n`));
  const postern = await service(t, cwd);
  const before = await postern.pid();
  const inode = statSync(join(cwd, 'web.sock')).ino;
  postern.write(yaml(''));
  await upgraded(postern);
  await gone(before);
  assert.equal(statSync(join(cwd, 'web.sock')).ino, inode);
  assert.equal(await overUnix(join(cwd, 'web.sock')), 'app /');
  assert.equal(await isOpen(dropped), false);
  assert.equal((await postern.command('stop')).code, 0);
  assert.equal(existsSync(join(cwd, 'web.sock')), false, 'the successor owns the file');
});

needing('openssl').test('clients go on with their TLS sessions after an upgrade', async (t) => {
  const [to, port] = [await origin(t, 'app'), await freePort()];
  const cwd = folder(t, '');
  const ca = await makeCa(cwd);
  const { certFile, keyFile } = await issue(ca, { names: ['localhost'] });
  const tls = `tls: { certificates: [{ cert: ${certFile}, key: ${keyFile} }] }`;
  const yaml = `listeners:\n  web: { address: "127.0.0.1:${port}", ${tls} }\nroutes:\n  - to: ${to.url}\n`;
  writeFileSync(join(cwd, 'postern.yaml'), yaml);
  const postern = await service(t, cwd);
  const { session, resumed: fresh } = await overTls(port, undefined);
  assert.equal(fresh, false);
  await upgraded(postern);
  assert.equal((await overTls(port, session)).resumed, true);
});

test('run --take-over, started from outside, takes the place of the one that runs; without one it just starts', async (t) => {
  const [to, port] = [await origin(t, 'app'), await freePort()];
  const postern = await service(t, folder(t, configOf(to.url, port)), { args: ['--take-over'] });
  assert.match(postern.first.stderr(), /there is nothing to take over/);
  const second = start(t, ['run', '--take-over', '--socket', postern.socket], { cwd: postern.cwd });
  await addressOf(second);
  assert.equal(await textOf(`http://127.0.0.1:${port}/`), 'app /');
  await answersAs(postern, second.child.pid!);
  await endsWell(postern.first);
  assert.equal(await textOf(`http://127.0.0.1:${port}/`), 'app /');
});

test('without --take-over a second Postern is refused its address, though the first one would share it', async (t) => {
  const [to, port] = [await origin(t, 'app'), await freePort()];
  const postern = await service(t, folder(t, configOf(to.url, port)));
  const second = start(t, ['run', '--socket', join(postern.cwd, 'other.sock')], { cwd: postern.cwd });
  const { code, stderr } = await second.ended;
  assert.equal(code, 1);
  assert.match(stderr, /another program listens there already/);
});

async function textOf(url: string): Promise<string> {
  return await (await fetch(url, { headers: { connection: 'close' } })).text();
}

async function overUnix(socketPath: string): Promise<string> {
  const [response] = await once(
    get({ socketPath, path: '/', headers: { host: 'x', connection: 'close' } }),
    'response',
  );
  return await response.setEncoding('utf8').reduce((all: string, part: string) => all + part, '');
}

/** One request over TLS 1.2, where the ticket comes with the handshake. */
async function overTls(port: number, session: Buffer | undefined): Promise<{ session: Buffer; resumed: boolean }> {
  const socket = connectTls({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.2',
    ...(session !== undefined && { session }),
  });
  await once(socket, 'secureConnect');
  const result = { session: socket.getSession()!, resumed: socket.isSessionReused() };
  socket.end('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  socket.resume();
  await once(socket, 'close');
  return result;
}
