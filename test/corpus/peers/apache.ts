import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { freePort } from '../../harness/free-port.ts';
import { run, startServer } from '../../harness/peers/programs.ts';
import type { ProxyPeer } from './proxy-peer.ts';

export const apache: ProxyPeer = {
  name: 'Apache',
  program: 'apache2',
  async version() {
    return /Apache\/(\S+)/.exec((await run('apache2', ['-v'])).toString())?.[1] ?? 'unknown';
  },
  async start(world, originPort) {
    const port = await freePort();
    const folder = path.join(await world.folder(), `apache-${port}`);
    await mkdir(folder);
    const file = path.join(folder, 'apache.conf');
    await writeFile(file, config(folder, port, originPort));
    await startServer(world, 'apache2', ['-X', '-f', file], port);
    return port;
  },
};

/** `nocanon`, `AllowEncodedSlashes` and `MergeSlashes` are what lets paths through as they came. */
function config(folder: string, port: number, originPort: number): string {
  const modules = ['mpm_event', 'authz_core', 'proxy', 'proxy_http'];
  return `
ServerRoot ${folder}
ServerName localhost
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
Listen 127.0.0.1:${port}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex file:${folder} default
ErrorLog /dev/null
KeepAlive On
KeepAliveTimeout 60
MaxKeepAliveRequests 0
LimitRequestLine 65536
LimitRequestFieldSize 65536
LimitRequestFields 200
AllowEncodedSlashes NoDecode
MergeSlashes Off
ProxyRequests Off
ProxyPreserveHost On
ProxyPass / http://127.0.0.1:${originPort}/ nocanon
`;
}
