import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Child, Children } from '../measure/children.ts';
import { freePort } from '../../test/harness/free-port.ts';
import { clientFor, type Version } from './client.ts';

const program = fileURLToPath(new URL('../../bin/postern.js', import.meta.url));
const origin = fileURLToPath(new URL('origin.ts', import.meta.url));
const startMs = 20_000;

/** Postern with one data thread before an origin that speaks both versions. */
export interface Site {
  readonly postern: Child;
  /** Over TLS; `/h1` leads to the origin by HTTP/1.1 and `/h2` by HTTP/2. */
  readonly base: string;
  /** Of the origin itself, without TLS. */
  readonly origins: Readonly<Record<Version, string>>;
}

/** @throws {Error} when one of them does not start, with its own words */
export async function startSite(children: Children, folder: string, cores: readonly [string, string]): Promise<Site> {
  const server = children.start({ command: process.execPath, args: [origin], cwd: folder, core: cores[1] });
  const [line] = (await once(server.stdout, 'data', { signal: AbortSignal.timeout(startMs) })) as [string];
  const [h1 = '', h2 = ''] = line.trim().split(' ');
  const port = await freePort();
  const config = writeConfig(folder, port, { h1, h2 });
  const args = [program, 'run', config];
  const postern = children.start({ command: process.execPath, args, cwd: folder, core: cores[0] });
  const base = `https://127.0.0.1:${port}`;
  for (const path of ['/h1', '/h2']) await answers(postern, base, path);
  return { postern, base, origins: { h1: `http://127.0.0.1:${h1}`, h2: `http://127.0.0.1:${h2}` } };
}

function writeConfig(folder: string, port: number, ports: Readonly<Record<Version, string>>): string {
  const [config, cert, key] = ['postern.yaml', 'cert.pem', 'key.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert];
  const names = ['-subj', '/CN=bench.test', '-addext', 'subjectAltName=DNS:bench.test'];
  execFileSync('openssl', ['req', '-x509', '-days', '30', ...made, ...names], { stdio: 'ignore' });
  writeFileSync(
    config,
    `threads: 1
grace: 2s
listeners:
  https: { address: "127.0.0.1:${port}", tls: { certificates: [{ cert: "${cert}", key: "${key}" }] } }
routes:
  - { path: /h1/, to: h1 }
  - { path: /h2/, to: h2 }
pools:
  h1: { servers: ["http://127.0.0.1:${ports.h1}"] }
  h2: { servers: ["h2c://127.0.0.1:${ports.h2}"] }
accessLog: { file: "${join(folder, 'access.log')}", rotate: false }
admin: { socket: "${join(folder, 'admin.sock')}" }
`,
  );
  return config;
}

async function answers(child: Child, base: string, path: string): Promise<void> {
  for (const end = performance.now() + startMs; ;) {
    using client = clientFor('h1', base);
    const { body, answer } = client.ask('GET', `${path}/`);
    body.end();
    const problem = await answer.then(text).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    if (problem === undefined) return;
    if (child.ended || performance.now() > end) throw new Error(`Cannot start Postern: ${problem}; ${child.complaint}`);
    await sleep(50);
  }
}
