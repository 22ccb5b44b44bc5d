import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { freePort, startServer } from './programs.ts';
import type { StartPeer } from './site.ts';

/** HAProxy serves no files itself: it stands before the origin. */
export const haproxy: StartPeer = async (world, { origin }) => {
  const port = await freePort();
  const file = path.join(await world.folder(), 'haproxy.cfg');
  await writeFile(file, config(port, origin));
  await startServer(world, 'haproxy', ['-db', '-f', file], port);
  return { kind: 'tcp', host: '127.0.0.1', port };
};

function config(port: number, origin: number): string {
  return `
global
  maxconn 1000
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
