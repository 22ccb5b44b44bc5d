import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { freePort } from '../../harness/free-port.ts';
import { run, startServer } from '../../harness/peers/programs.ts';
import type { ProxyPeer } from './proxy-peer.ts';

export const haproxy: ProxyPeer = {
  name: 'HAProxy',
  program: 'haproxy',
  async version() {
    const text = (await run('haproxy', ['-v'])).toString();
    return /version (\d[\d.]*)/.exec(text)?.[1] ?? 'unknown';
  },
  async start(world, originPort) {
    const port = await freePort();
    const folder = path.join(await world.folder(), `haproxy-${port}`);
    await mkdir(folder);
    const file = path.join(folder, 'haproxy.cfg');
    await writeFile(file, config(port, originPort));
    await startServer(world, 'haproxy', ['-db', '-f', file], port);
    return port;
  },
};

function config(port: number, originPort: number): string {
  return `
global
  maxconn 2000
  nbthread 1
  tune.bufsize 65536
defaults
  mode http
  retries 0
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend in
  bind 127.0.0.1:${port}
  default_backend origin
backend origin
  server origin 127.0.0.1:${originPort}
`;
}
