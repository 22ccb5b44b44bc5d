import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nginxLaunch, nginxPreamble } from './nginx.ts';
import type { Prepared } from './peer.ts';

/** The 74 bytes that every small request is answered with. */
export const smallBody = 'Hello, world! This is a small response body for the benchmark of proxies.\n';
/** Path and size of the large answer. */
export const large: { readonly path: string; readonly bytes: number } = { path: '/big/10m', bytes: 10 * 1024 * 1024 };

/** The web server behind every proxy: nginx, without a log, on the load's core. */
export function prepareOrigin(folder: string, port: number): Prepared {
  mkdirSync(join(folder, 'www/big'), { recursive: true });
  writeFileSync(join(folder, 'www', large.path), randomBytes(large.bytes));
  const config = `${nginxPreamble(folder, 8192)}
  access_log off; sendfile on;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { default_type text/plain; return 200 "${smallBody.trimEnd()}\\n"; }
    location /big/ { root ${folder}/www; }
  }
}
`;
  return nginxLaunch(folder, config);
}
