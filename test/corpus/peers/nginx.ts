import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { freePort } from '../../harness/free-port.ts';
import { findProgram, startServer } from '../../harness/peers/programs.ts';
import type { ProxyPeer } from './proxy-peer.ts';

export const nginx: ProxyPeer = {
  name: 'nginx',
  program: 'nginx',
  async version() {
    const { stderr } = await promisify(execFile)(findProgram('nginx')!, ['-v']); // The one that says it there.
    return /nginx\/(\S+)/.exec(stderr)?.[1] ?? 'unknown';
  },
  async start(world, originPort) {
    const port = await freePort();
    const folder = path.join(await world.folder(), `nginx-${port}`);
    await mkdir(folder);
    const file = path.join(folder, 'nginx.conf');
    await writeFile(file, config(folder, port, originPort));
    await startServer(world, 'nginx', ['-p', folder, '-c', file], port);
    return port;
  },
};

/** Its worker would give up root's rights, and with them its folders. `proxy_pass` without a path passes the target on as it came. */
function config(folder: string, port: number, originPort: number): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${folder}/nginx.pid;
error_log /dev/null;
events { worker_connections 2000; }
http {
  access_log off;
  ${kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n  ')}
  large_client_header_buffers 8 64k;
  client_max_body_size 0;
  keepalive_requests 100000000;
  upstream origin { server 127.0.0.1:${originPort}; keepalive 32; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_next_upstream off;
      proxy_request_buffering off;
    }
  }
}
`;
}
