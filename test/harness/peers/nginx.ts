import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Place } from '../plan-of.ts';
import type { World } from '../proxy-test.ts';
import { freePort } from '../free-port.ts';
import { startServer } from './programs.ts';
import type { Site, StartPeer } from './site.ts';

export const nginx: StartPeer = (world, site) => start(world, site, '');

/** Without TLS it speaks HTTP/2 alone then. */
export const nginxHttp2: StartPeer = (world, site) => start(world, site, ' http2');

async function start(world: World, site: Site, options: string): Promise<Place> {
  const port = await freePort();
  const folder = await world.folder();
  const file = path.join(folder, 'nginx.conf');
  await writeFile(file, config(folder, `${port}${options}`, site));
  await startServer(world, 'nginx', ['-p', folder, '-c', file], port);
  return { kind: 'tcp', host: '127.0.0.1', port };
}

function config(folder: string, port: string, site: { folder: string; origin: number }): string {
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/nginx-${kind};`).join('\n  ')}
  default_type text/plain;
  client_max_body_size 20m;
  absolute_redirect off;
  gzip on;
  gzip_types text/plain;
  server {
    listen 127.0.0.1:${port};
    root ${site.folder};
    location = /moved { return 302 /small.txt; }
    location = /echo {
      proxy_pass http://127.0.0.1:${site.origin};
      proxy_http_version 1.1;
      proxy_request_buffering off;
    }
  }
}
`;
}
