import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Place } from '../plan-of.ts';
import type { World } from '../proxy-test.ts';
import { freePort } from '../free-port.ts';
import { startServer } from './programs.ts';
import type { Site, StartPeer } from './site.ts';

const modules = ['mpm_event', 'authz_core', 'alias', 'mime', 'filter', 'deflate', 'proxy', 'proxy_http'];

export const apache: StartPeer = (world, site) => start(world, site, '');

/** By mod_http2, with prior knowledge. */
export const apacheHttp2: StartPeer = (world, site) =>
  start(
    world,
    site,
    'LoadModule http2_module /usr/lib/apache2/modules/mod_http2.so\nProtocols h2c http/1.1\nH2Direct on',
  );

async function start(world: World, site: Site, more: string): Promise<Place> {
  const port = await freePort();
  const folder = await world.folder();
  const file = path.join(folder, 'apache.conf');
  await writeFile(file, `${config(folder, port, site)}${more}\n`);
  await startServer(world, 'apache2', ['-X', '-f', file], port);
  return { kind: 'tcp', host: '127.0.0.1', port };
}

function config(folder: string, port: number, site: { folder: string; origin: number }): string {
  return `
ServerRoot ${folder}
ServerName localhost
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
Listen 127.0.0.1:${port}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex file:${folder} default
ErrorLog ${folder}/apache-error.log
TypesConfig /dev/null
AddType text/plain .txt
AddOutputFilterByType DEFLATE text/plain
KeepAlive On
KeepAliveTimeout 30
DocumentRoot ${site.folder}
<Directory ${site.folder}>
  Require all granted
</Directory>
Redirect 302 /moved /small.txt
ProxyPass /echo http://127.0.0.1:${site.origin}/echo
`;
}
