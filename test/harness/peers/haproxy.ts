import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Place } from '../plan-of.ts';
import type { World } from '../proxy-test.ts';
import { freePort } from '../free-port.ts';
import { startServer } from './programs.ts';
import type { Site, StartPeer } from './site.ts';

/** HAProxy serves no files itself: it stands before the origin. */
export const haproxy: StartPeer = (world, site) => start(world, site, '');

/** It takes nothing but HTTP/2 then. */
export const haproxyHttp2: StartPeer = (world, site) => start(world, site, ' proto h2');

async function start(world: World, { origin }: Site, options: string): Promise<Place> {
  const port = await freePort();
  const file = path.join(await world.folder(), 'haproxy.cfg');
  await writeFile(file, config(`${port}${options}`, origin));
  await startServer(world, 'haproxy', ['-db', '-f', file], port);
  return { kind: 'tcp', host: '127.0.0.1', port };
}

function config(port: string, origin: number): string {
  return `
global
  maxconn 200
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend in
  bind 127.0.0.1:${port}
  http-request redirect location /small.txt code 302 if { path /moved }
  default_backend origin
backend origin
  server origin 127.0.0.1:${origin}
`;
}
