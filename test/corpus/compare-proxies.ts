import { readFileSync } from 'node:fs';
import path from 'node:path';

import { findProgram } from '../harness/peers/programs.ts';
import type { World } from '../harness/proxy-test.ts';
import { apache } from './peers/apache.ts';
import { caddy } from './peers/caddy.ts';
import { haproxy } from './peers/haproxy.ts';
import { nginx } from './peers/nginx.ts';
import type { ProxyPeer } from './peers/proxy-peer.ts';

/** Postern in this process, as any other proxy. */
const postern: ProxyPeer = {
  name: 'Postern',
  program: 'node',
  async version() {
    const file = path.join(import.meta.dirname, '../../package.json');
    return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
  },
  async start(world: World, originPort: number) {
    const proxy = await world.proxy({ servers: [{ kind: 'tcp', host: '127.0.0.1', port: originPort }] });
    return proxy.port();
  },
};

/** Those that are compared: a column each, Postern first. */
export const proxies: readonly ProxyPeer[] = [postern, nginx, haproxy, apache, caddy];

/** @throws Error where one of them is not installed. */
export function checkInstalled(all: readonly ProxyPeer[]): void {
  const missing = all.filter(({ program }) => program !== 'node' && findProgram(program) === undefined);
  if (missing.length === 0) return;
  const programs = missing.map(({ program }) => program).join(' ');
  throw new Error(`Cannot compare: not installed: ${programs}; apt-get install ${programs}`);
}
