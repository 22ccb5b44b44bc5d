/**
 * What 2,000 slow clients cost the others: `node test/pressure/slow-clients.ts [connections] [nginx]` prints a table. With `nginx`
 * that stands in Postern's place, with the same limits: what the machine itself does to such a run is in its figures, too.
 *
 * Proxy, server, attackers and the measuring clients are four processes of one machine. The attackers have the lowest priority, but
 * on few processors what they take of it is still in the figures.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { script } from '../cli/command.ts';
import { freePort } from '../harness/free-port.ts';
import { memoryOf } from './proxy-child.ts';
import { attack, attacks, largePath, Others, type Attack, type Seen } from './slow-attack.ts';

const calmMs = 10_000;
/** How long it is measured while all slow clients are there: less than the shortest limit, which is `head`. */
const holdMs = 15_000;
/** New slow clients a second. Over loopback the kernel takes 2.5 MB of an answer for each slow reader, so they come more slowly. */
const rates: Readonly<Record<string, number>> = { heads: 500, bodies: 500, reads: 100 };
/** All limits are the defaults, 30 s; silence ends after one to two of them, and a busy machine is late to begin. */
const longestMs = 95_000;

/** One line to standard output. */
function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The server as a process: says where it listens. */
function serveHere(): void {
  const large = Buffer.alloc(1_048_576, 0x61);
  const server = createServer((request, response) => {
    request.resume();
    request.on('error', () => {});
    request.on('end', () => response.end(request.url === largePath ? large : 'small'));
  });
  server.listen(0, '127.0.0.1', () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
    say(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
}

/** Starts a program and waits for the first match in what it writes. */
function startUntil(args: readonly string[], pattern: RegExp, cwd: string): Promise<[ChildProcess, string]> {
  const [program, ...rest] = args;
  const child = spawn(program!, rest, { cwd, env: { ...process.env, XDG_RUNTIME_DIR: cwd } });
  let text = '';
  return new Promise((resolve, reject) => {
    const look = (bytes: Buffer): void => {
      text += bytes.toString();
      const found = pattern.exec(text);
      if (found) resolve([child, found[0]]);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.on('exit', () => reject(new Error(`Cannot start ${args.join(' ')}: ${text}`)));
  });
}

interface Row {
  readonly before: Seen;
  readonly coming: Seen;
  readonly there: Seen;
  readonly ended: number;
  readonly grown: number;
}

/** A proxy that is about to be measured: how it is started, and where it then listens. */
interface Proxy {
  readonly command: readonly string[];
  readonly said: RegExp;
  readonly url: (said: string) => string;
}

function postern(cwd: string, slow: string, others: string): Proxy {
  const routes = `[{ to: "${slow}" }, { path: /others, to: "${others}" }]`;
  const yaml = `listeners: { web: { address: "127.0.0.1:0" } }\nroutes: ${routes}\naccessLog: { file: access.log }\n`;
  writeFileSync(path.join(cwd, 'postern.yaml'), yaml);
  const url = (said: string): string => said.replace('Listening on ', '');
  return { command: [process.execPath, script, 'run'], said: /Listening on [^"]+/, url };
}

/** With the limits that are Postern's defaults. It says nothing when it listens, so a free port is all that is known. */
async function nginx(cwd: string, slow: string, others: string): Promise<Proxy> {
  const port = await freePort();
  const conf = `
daemon off; worker_processes auto; pid ${cwd}/pid; error_log stderr notice; worker_rlimit_nofile 65536;
events { worker_connections 16384; }
http {
  access_log ${cwd}/access.log; client_body_temp_path ${cwd}; proxy_temp_path ${cwd}; fastcgi_temp_path ${cwd};
  uwsgi_temp_path ${cwd}; scgi_temp_path ${cwd};
  client_header_timeout 30s; client_body_timeout 30s; send_timeout 30s; keepalive_timeout 60s;
  upstream slow { server ${slow.replace('http://', '')}; keepalive 256; }
  upstream others { server ${others.replace('http://', '')}; keepalive 256; }
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_request_buffering off; client_max_body_size 0;
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://slow; } location /others { proxy_pass http://others; } }
}`;
  writeFileSync(path.join(cwd, 'nginx.conf'), conf);
  const command = ['nginx', '-p', cwd, '-c', path.join(cwd, 'nginx.conf')];
  return { command, said: /start worker process \d+/, url: () => `http://127.0.0.1:${port}` };
}

async function measure(each: Attack, connections: number, peer: string): Promise<Row> {
  const cwd = mkdtempSync(path.join(tmpdir(), 'postern-slow-'));
  const children: ChildProcess[] = [];
  const start = async (args: readonly string[], pattern: RegExp): Promise<[ChildProcess, string]> => {
    const started = await startUntil(args, pattern, cwd);
    children.push(started[0]);
    return started;
  };
  try {
    const here = fileURLToPath(import.meta.url);
    // The others have a server of their own: what is measured is the proxy.
    const [, slow] = await start([process.execPath, here, 'serve'], /http:\S+/);
    const [, others] = await start([process.execPath, here, 'serve'], /http:\S+/);
    const { command, said, url } = peer === 'nginx' ? await nginx(cwd, slow, others) : postern(cwd, slow, others);
    const [proxy, line] = await start(command, said);
    return await measureAt(each, { connections, url: url(line), pid: proxy.pid!, cwd });
  } finally {
    for (const child of children) child.kill('SIGTERM');
    rmSync(cwd, { recursive: true, force: true });
  }
}

interface Place {
  readonly connections: number;
  readonly url: string;
  readonly pid: number;
  readonly cwd: string;
}

async function measureAt(each: Attack, { connections, url, pid, cwd }: Place): Promise<Row> {
  const rate = rates[each.name] ?? 100;
  const others = new Others(`${url}/others`, 8, 10);
  await pause(3000); // Until it is warm.
  others.take();
  await pause(calmMs);
  const before = others.take();
  const memory = memoryOf(pid);
  const rampMs = (connections / rate) * 1000 + 500;
  const attacking = attack(each, url, { connections, rate, seconds: Math.ceil((rampMs + longestMs) / 1000) }).ended;
  await pause(rampMs);
  const coming = others.take();
  const grown = memoryOf(pid) - memory;
  await pause(Math.max(1000, Math.min(holdMs, 29_000 - rampMs)));
  const there = others.take();
  await attacking;
  await pause(1000);
  await others.stop();
  const log = readFileSync(path.join(cwd, 'access.log'), 'utf8');
  return { before, coming, there, ended: log.split(`"reason":"${each.reason}"`).length - 1, grown };
}

async function main(connections: number, peer: string): Promise<void> {
  say(
    `${connections} slow connections; waits of 8 other clients in ms: before, while the slow ones come, while they are there\n`,
  );
  say(
    '| slow | p50 before | come | there | p99 before | come | there | failed | ended by its limit | memory a connection |',
  );
  say('|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|');
  for (const each of attacks) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: they would be each other's load
    const { before, coming, there, ended, grown } = await measure(each, connections, peer);
    const seen = [before, coming, there];
    const waits = [...seen.map(({ p50 }) => p50), ...seen.map(({ p99 }) => p99)].map((ms) => ms.toFixed(2)).join(' | ');
    const failed = seen.reduce((sum, { failures }) => sum + failures, 0);
    const kilobytes = (grown / connections / 1024).toFixed(1);
    say(
      `| ${each.name} | ${waits} | ${failed} | ${peer === 'nginx' ? '-' : `${ended} by ${each.reason}`} | ${kilobytes} kB |`,
    );
  }
}

if (process.argv[2] === 'serve') serveHere();
else await main(Number(process.argv[2] ?? 2000), process.argv[3] ?? 'postern');
