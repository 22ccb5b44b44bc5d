/** A disk that takes no more: a limit of file size does the same to a process, and can be set and lifted while it runs. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { origin } from '../cli/command.ts';
import { needing } from '../harness/peers/needing.ts';
import { answers, ask, assertSound, holds, startChild, type ProxyChild } from './proxy-child.ts';

const run = promisify(execFile);
const { test } = needing('prlimit');

/** So large may its files be from now on, in bytes; the disk is not full where undefined. */
async function fillDisk({ pid }: ProxyChild, bytes: number | undefined): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--fsize=${bytes ?? 'unlimited'}:unlimited`]);
}

function yamlFor(url: string, rotate = 'false', more = ''): string {
  return `listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ to: "${url}"${more} }]
accessLog: { file: access.log, rotate: ${rotate} }
`;
}

test('requests go on when the access log finds no room; lost lines are counted and told of, and later ones are written', async (t) => {
  const server = await origin(t, 'one');
  const child = await startChild(t, yamlFor(server.url));
  const { url, running, cwd } = child;
  await answers(`${url}/first`, 200);
  await holds('the first line', () => child.lines().length > 0);
  const whole = child.lines().length;
  await fillDisk(child, statSync(path.join(cwd, 'access.log')).size + 10);
  for (let i = 0; i < 50; i++) assert.equal((await ask(`${url}/${i}`)).status, 200);
  const [, lost] = await running.said(/"dropped":(\d+).*Cannot write the access log/);
  assert.ok(Number(lost) > 0);

  // All that an operator may do meanwhile.
  child.reload(yamlFor(server.url, 'false', ', path: /'));
  await running.said(/The config is the same as before|The new config is in force/);
  running.child.kill('SIGUSR1');
  await running.said(/The access log was opened anew/);
  await answers(`${url}/meanwhile`, 200);
  assert.equal(child.lines().length, whole, 'no half line');

  await fillDisk(child, undefined);
  await assertSound(child);
  await holds('a line of later', () => child.lines().at(-1)?.['path'] === '/after');
});

test('rotation of a log on a full disk goes on trying, and works again once there is room', async (t) => {
  const server = await origin(t, 'one');
  const child = await startChild(t, yamlFor(server.url, '{ size: 1kB, keep: 3 }'));
  const { url, cwd } = child;
  await fillDisk(child, 0);
  for (let i = 0; i < 20; i++) assert.equal((await ask(`${url}/${i}`)).status, 200);
  await child.running.said(/Cannot write the access log/);
  await fillDisk(child, undefined);
  for (let i = 0; i < 20; i++) assert.equal((await ask(`${url}/later/${i}`)).status, 200);
  await holds('a rotated log', () => readdirSync(cwd).some((name) => name.startsWith('access.log-')));
  await assertSound(child);
});

test('a body that "buffer" has no disk for gets 503 and "buffer-failed", and later ones go through', async (t) => {
  const server = await origin(t, 'one');
  const buffer = ', middleware: [{ buffer: { request: { memory: 4kB, disk: 10MB }, response: false, path: "/tmp" } }]';
  const child = await startChild(t, yamlFor(server.url, 'false', buffer));
  const { url } = child;
  const body = Buffer.alloc(1_000_000, 0x61);
  assert.equal((await ask(`${url}/fits`, { method: 'POST', body })).status, 200);
  await fillDisk(child, 100_000);
  const refused = await ask(`${url}/full`, { method: 'POST', body });
  assert.equal(refused.status, 503);
  assert.match(refused.text, /"error":"buffer-failed"/);
  assert.equal((await ask(`${url}/small`, { method: 'POST', body: 'small' })).status, 200);
  await fillDisk(child, undefined);
  assert.equal((await ask(`${url}/again`, { method: 'POST', body })).status, 200);
  await holds('the reason in the log', () => child.lines().some(({ reason }) => reason === 'buffer-failed'));
  assert.ok(existsSync(child.cwd));
});
