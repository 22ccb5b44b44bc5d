import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { World } from '../proxy-test.ts';
import type { Place } from '../plan-of.ts';
import { freePort } from '../free-port.ts';
import { run, startServer } from './programs.ts';

export const subversionPrograms: readonly string[] = ['apache2', 'svn', 'svnadmin'];

const isRoot = process.getuid?.() === 0;
const user = 'www-data';
const modules = ['mpm_event', 'authz_core', 'dav', 'dav_svn'];

/** Apache with an empty Subversion repository under `/svn/`. */
export async function subversion(world: World): Promise<Place> {
  const port = await freePort();
  const folder = await world.folder();
  const repository = path.join(folder, 'repository');
  await run('svnadmin', ['create', repository]);
  if (isRoot) {
    // Apache serves nothing as root.
    await run('chown', ['-R', `${user}:${user}`, repository]);
    await chmod(folder, 0o711);
  }
  const file = path.join(folder, 'subversion.conf');
  await writeFile(file, config(folder, repository, port));
  await startServer(world, 'apache2', ['-X', '-f', file], port);
  return { kind: 'tcp', host: '127.0.0.1', port };
}

function config(folder: string, repository: string, port: number): string {
  return `
ServerRoot ${folder}
ServerName svn.internal
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
Listen 127.0.0.1:${port}
PidFile ${folder}/subversion.pid
DefaultRuntimeDir ${folder}
Mutex file:${folder} default
ErrorLog ${folder}/subversion-error.log
KeepAliveTimeout 30
${isRoot ? `User ${user}\nGroup ${user}` : ''}
<Location /svn>
  DAV svn
  SVNPath ${repository}
  Require all granted
</Location>
`;
}
