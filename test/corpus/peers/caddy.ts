import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { freePort } from '../../harness/free-port.ts';
import { run, startServer } from '../../harness/peers/programs.ts';
import type { ProxyPeer } from './proxy-peer.ts';

export const caddy: ProxyPeer = {
  name: 'Caddy',
  program: 'caddy',
  async version() {
    return (await run('caddy', ['version'])).toString().trim().split(' ')[0] ?? 'unknown';
  },
  async start(world, originPort) {
    const port = await freePort();
    const folder = path.join(await world.folder(), `caddy-${port}`);
    await mkdir(folder);
    const file = path.join(folder, 'caddy.json');
    await writeFile(file, config(folder, port, originPort));
    await startServer(world, 'caddy', ['run', '--config', file], port);
    return port;
  },
};

/** JSON, in which alone this version can be told to leave no copy of its config in the user's folder. */
function config(folder: string, port: number, originPort: number): string {
  const proxy = { handler: 'reverse_proxy', upstreams: [{ dial: `127.0.0.1:${originPort}` }] };
  const server = { listen: [`127.0.0.1:${port}`], automatic_https: { disable: true }, routes: [{ handle: [proxy] }] };
  return JSON.stringify({
    admin: { disabled: true, config: { persist: false } },
    storage: { module: 'file_system', root: `${folder}/storage` },
    logging: { logs: { default: { level: 'ERROR' } } },
    apps: { http: { servers: { main: server } } },
  });
}
