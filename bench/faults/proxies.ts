import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { Child, Children, Launch } from '../measure/children.ts';
import { freePort } from '../../test/harness/free-port.ts';
import { findProgram } from '../measure/programs.ts';
import { nginxLaunch } from '../peers/nginx.ts';
import { fillTemplate } from './template.ts';

export const proxyNames = ['postern', 'haproxy', 'nginx'] as const;
export type ProxyName = (typeof proxyNames)[number];

/** One that runs and passes requests on to all servers. */
export interface Proxy {
  readonly name: ProxyName;
  readonly url: string;
  readonly child: Child;
}

/** What proxies are started with. */
export interface ProxyOptions {
  readonly children: Children;
  readonly folder: string;
  readonly core: string;
  readonly servers: readonly string[];
}

const patienceMs = 30_000;
const answerMs = 3000;
/** So many requests one after the other show whether all servers are used. */
const looks = 12;

/** Programs that are not installed, and how to get them. */
export function missingProxies(names: readonly ProxyName[]): readonly string[] {
  return names
    .filter((name) => name !== 'postern' && findProgram(name) === undefined)
    .map((name) => `${name}: apt-get install ${name === 'nginx' ? 'nginx-light' : name}`);
}

/** @throws {Error} when it does not pass requests on to all servers, with its own words */
export async function startProxy(name: ProxyName, options: ProxyOptions): Promise<Proxy> {
  const { children, core, servers } = options;
  const folder = join(options.folder, name);
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const [one = '', two = '', three = ''] = servers;
  const values = { PORT: port, FOLDER: folder, SERVER1: one, SERVER2: two, SERVER3: three };
  const child = children.start({ ...launches[name](folder, values), cwd: folder, core });
  const proxy = { name, url: `http://127.0.0.1:${port}/`, child };
  await untilAllServe(proxy, servers.length);
  return proxy;
}

type Values = Readonly<Record<string, string | number>>;

const launches: Readonly<Record<ProxyName, (folder: string, values: Values) => Omit<Launch, 'cwd' | 'core'>>> = {
  postern(folder, values) {
    const config = join(folder, 'postern.yaml');
    writeFileSync(config, fillTemplate('postern.yaml', values));
    const program = fileURLToPath(new URL('../../bin/postern.js', import.meta.url));
    return { command: process.execPath, args: [program, 'run', config], stdoutTo: join(folder, 'output.log') };
  },
  haproxy(folder, values) {
    const config = join(folder, 'haproxy.cfg');
    writeFileSync(config, fillTemplate('haproxy.cfg', values));
    return {
      command: findProgram('haproxy') ?? 'haproxy',
      args: ['-db', '-f', config],
      stdoutTo: join(folder, 'access.log'),
    };
  },
  nginx: (folder, values) => nginxLaunch(folder, fillTemplate('nginx.conf', values)),
};

/** Waits until a dozen requests in a row are answered by so many servers, all of them well. @throws {Error} when that takes too long */
export async function untilAllServe(proxy: Proxy, servers: number): Promise<void> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const seen = new Set<string>();
    for (let look = 0; look < looks; look++) seen.add(await ask(proxy.url));
    if (seen.size === servers && !seen.has('')) return;
    if (proxy.child.ended || performance.now() > end) {
      throw new Error(`Cannot use ${proxy.name}: it does not use all servers; it says: ${proxy.child.complaint}`);
    }
    await sleep(100);
  }
}

/** Which server has answered well; empty: none. */
function ask(url: string): Promise<string> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false, timeout: answerMs }, (response) => {
      const { statusCode, headers } = response;
      const server = headers['x-server'];
      response.resume().on('error', () => undefined);
      response.on('close', () => resolve(statusCode === 200 && typeof server === 'string' ? server : ''));
    });
    request.on('error', () => resolve('')).on('timeout', () => request.destroy());
  });
}
