import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, versionOf } from '../measure/programs.ts';
import type { Peer, TlsFiles } from './peer.ts';

/** HAProxy with one thread. It cannot write a log file by itself: its standard output is one, which costs it a write a line, as nginx. */
export const haproxy: Peer = {
  name: 'haproxy',
  remark: 'httplog lines to standard output, which is a file: a write a line',
  own: false,
  speaks: ['http', 'https', 'h2'],
  install: 'apt-get install haproxy',
  version: () => versionOf('haproxy', '-v'),
  prepare(site) {
    const path = join(site.folder, 'haproxy.cfg');
    const accessLog = join(site.folder, 'access.log');
    writeFileSync(
      path,
      `global
  nbthread 1
  maxconn ${site.maxConnections}
  log stdout format raw local0 info
defaults
  mode http
  log global
  option httplog
  option forwardfor
  timeout client 3600s
  timeout server 60s
  timeout connect 5s
  timeout http-keep-alive 3600s
frontend in
  bind 127.0.0.1:${site.port} backlog 4096 ${site.tls ? `ssl crt ${combined(site.folder, site.tls)}${site.http2 ? ' alpn h2,http/1.1' : ''}` : ''}
  http-request set-header X-Forwarded-Proto ${site.tls ? 'https' : 'http'}
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  default_backend origin
backend origin
  http-reuse always
  server s 127.0.0.1:${site.originPort} pool-max-conn 1000
`,
    );
    return { command: findProgram('haproxy') ?? 'haproxy', args: ['-db', '-f', path], stdoutTo: accessLog, accessLog };
  },
};

/** HAProxy wants certificate and key in one file. */
function combined(folder: string, { cert, key }: TlsFiles): string {
  const path = join(folder, 'both.pem');
  writeFileSync(path, readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'), { mode: 0o600 });
  return path;
}
