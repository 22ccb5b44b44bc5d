import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, versionOf } from '../measure/programs.ts';
import type { Peer, Prepared, Site } from './peer.ts';

/** What nginx writes needs a place that every user may write to; as root its worker must not become `nobody`. */
export function nginxPreamble(folder: string, maxConnections: number): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log stderr warn;
events { worker_connections ${2 * maxConnections + 512}; }
http {
  keepalive_requests 100000000; keepalive_timeout 3600s;
  ${temp.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
`;
}

/** How nginx is started over a config in `folder`. */
export function nginxLaunch(folder: string, config: string): Prepared {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'nginx.conf');
  writeFileSync(path, config);
  return { command: findProgram('nginx') ?? 'nginx', args: ['-e', 'stderr', '-p', folder, '-c', path] };
}

/** nginx with Debian's build and its own defaults, one worker. */
export const nginx: Peer = nginxWith({
  name: 'nginx',
  remark: 'access log to a file, as it does by default: a write a line',
  log: '',
  proxy: '',
});

/** The same, made cheaper by hand: shows what the defaults cost it. */
export const nginxTuned: Peer = nginxWith({
  name: 'nginx-tuned',
  remark: 'access log to a file in batches (buffer=64k flush=1s), no temporary files for bodies',
  log: 'buffer=64k flush=1s',
  proxy: 'proxy_max_temp_file_size 0;',
});

function tlsLines({ tls }: Site): string {
  if (tls === undefined) return '';
  return `ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key}; ssl_protocols TLSv1.2 TLSv1.3;`;
}

interface Variant {
  readonly name: string;
  readonly remark: string;
  readonly log: string;
  readonly proxy: string;
}

function nginxWith(variant: Variant): Peer {
  return {
    name: variant.name,
    remark: variant.remark,
    own: false,
    speaks: ['http', 'https', 'h2'],
    install: 'apt-get install nginx-light',
    version: () => versionOf('nginx', '-v'),
    prepare(site) {
      const accessLog = join(site.folder, 'access.log');
      const config = `${nginxPreamble(site.folder, site.maxConnections)}
  access_log ${accessLog} combined ${variant.log};
  upstream origin { server 127.0.0.1:${site.originPort}; keepalive 256; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${site.port} ${site.tls ? 'ssl ' : ''}${site.http2 ? 'http2 ' : ''}backlog=4096;
    ${tlsLines(site)}
    location / {
      proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; ${variant.proxy}
      proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`;
      return { ...nginxLaunch(site.folder, config), accessLog };
    },
  };
}
