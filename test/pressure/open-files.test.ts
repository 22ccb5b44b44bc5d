/** File descriptors used up. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';

import { origin } from '../cli/command.ts';
import { needing } from '../harness/peers/needing.ts';
import { answers, assertSound, cpuMsOf, holds, openFilesOf, Sockets, startChild } from './proxy-child.ts';

const run = promisify(execFile);
const { test } = needing('prlimit');

function yamlFor(url: string, more = ''): string {
  return `listeners: { web: { address: "127.0.0.1:0" } }\nroutes: [{ to: "${url}" }]\naccessLog: { file: access.log }\nthreads: 1\n${more}`;
}

/** 64 are kept for all else, one is the listener's, and two are for each client. */
const openFiles = 200;
const mostClients = 67;

test('clients are refused, with a reason, while files are left for servers, a reload and the log', async (t) => {
  const server = await origin(t, 'one');
  const child = await startChild(t, yamlFor(server.url), { under: ['prlimit', `--nofile=${openFiles}`] });
  const { running, pid, port, url } = child;
  await running.said(/warning: Cannot let 10000 clients in at once: this process may have 200 files open/);
  const crowd = new Sockets(t);
  crowd.open(port, 300);
  await holds('refusals', () => crowd.ended === 300 - mostClients);
  assert.ok(openFilesOf(pid) < openFiles - 30, `${openFilesOf(pid)} open files`);
  await running.said(/"reason":"too-many-connections"/);

  // Those who are in are served, though each needs a connection to the server.
  let served = 0;
  for (const socket of crowd.all) {
    if (socket.destroyed) continue;
    socket.on('data', (chunk: Buffer) => (served += chunk.toString('latin1').split('HTTP/1.1 200').length - 1));
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  }
  await holds('an answer for each client that is in', () => served === mostClients);

  crowd.open(port, 1); // One more, and no loop that would eat the processor.
  await holds('another refusal', () => crowd.ended === 300 - mostClients + 1);
  const window = { began: performance.now(), cpuMs: cpuMsOf(pid) };
  await holds('a quarter of a second in which it does little', () => {
    if (performance.now() - window.began < 250) return false;
    const used = cpuMsOf(pid) - window.cpuMs;
    Object.assign(window, { began: performance.now(), cpuMs: cpuMsOf(pid) });
    return used < 100;
  });

  child.reload(yamlFor(server.url, 'grace: 5s\n'));
  await running.said(/The new config is in force/);
  running.child.kill('SIGUSR1');
  await running.said(/The access log was opened anew/);

  crowd.close();
  await answers(`${url}/again`, 200);
  await assertSound(child);
});

/** The number that the next file of the process would get. */
function firstFree(pid: number): number {
  const used = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let number = 0;
  while (used.has(number)) number++;
  return number;
}

test('requests that a file is missing for get 503 and "overloaded", and all is well once there are some again', async (t) => {
  const server = await origin(t, 'one');
  const pools = `pools: { app: { servers: ["${server.url}"], idleConnections: { max: 0 } } }\n`;
  const child = await startChild(t, yamlFor('app', pools), { under: ['prlimit', '--nofile=400'] });
  const { pid, url, port } = child;
  const client = new Sockets(t);
  let got = '';
  client.open(port, 1);
  client.all[0]!.on('data', (chunk: Buffer) => (got += chunk.toString('latin1')));
  await answers(`${url}/warm`, 200); // What is opened once is open.
  const ask = async (path: string): Promise<string> => {
    got = '';
    client.all[0]!.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await holds('an answer', () => /\r\n\r\n./s.test(got));
    return got;
  };
  // What is open stays, and nothing more can be: once all have gone that were open for a moment only.
  let refused = 0;
  for (let i = 0; i < 200 && refused < 10; i++) {
    // oxlint-disable-next-line no-await-in-loop -- one try after the other
    const isRefused = (await ask('/one')).startsWith('HTTP/1.1 503 ');
    refused = isRefused ? refused + 1 : 0;
    // oxlint-disable-next-line no-await-in-loop
    if (!isRefused) await run('prlimit', ['--pid', String(pid), `--nofile=${firstFree(pid)}:400`]);
  }
  assert.match(await ask('/two'), /"error":"overloaded"/);
  const lost = new Sockets(t);
  lost.open(port, 5);
  // The system's library closes them, or leaves them to wait: both end with the want of files.
  await run('prlimit', ['--pid', String(pid), '--nofile=400:400']);
  await answers(`${url}/again`, 200);
  await assertSound(child);
  await holds(
    'both in the access log',
    () => child.lines().filter(({ reason }) => reason === 'overloaded').length >= 2,
  );
});

test('idle connections to servers make room for others, over all pools', async (t) => {
  const servers = await Promise.all([1, 2, 3, 4].map((n) => origin(t, `server ${n}`)));
  const routes = servers.map(({ url }, n) => `  - { path: /${n}/, to: "${url}" }`).join('\n');
  const yaml = `listeners: { web: { address: "127.0.0.1:0" } }\nthreads: 1\nroutes:\n${routes}\n`;
  const child = await startChild(t, yaml, { under: ['prlimit', '--nofile=120'] });
  const clients = 27; // (120 - 64 - 1) / 2
  let got = 0;
  const crowd = new Sockets(t);
  crowd.open(child.port, clients);
  for (const socket of crowd.all) {
    socket.on('data', (chunk: Buffer) => (got += chunk.toString('latin1').split('HTTP/1.1 200').length - 1));
  }
  for (const n of servers.keys()) {
    for (const socket of crowd.all) socket.write(`GET /${n}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    await holds(`answers of server ${n + 1}`, () => got === clients * (n + 1));
    assert.ok(openFilesOf(child.pid) < 120 - 20, `${openFilesOf(child.pid)} open files`);
  }
});
