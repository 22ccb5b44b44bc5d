import { chmod, cp, mkdir, readdir, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';

import { command, repository } from './command.ts';
import type { Arch } from './options.ts';

/** Sources, types, maps and pages of packages: nothing runs them. */
const notRun: ReadonlySet<string> = new Set(['.ts', '.mts', '.cts', '.map', '.md', '.html', '.sh']);
const foldersNotRun: ReadonlySet<string> = new Set([
  'test',
  'tests',
  'benchmarks',
  'examples',
  'docs',
  '.github',
  '.husky',
]);

/**
 * Installs what Postern needs at work into a folder: exactly the versions and checksums of the lock file, without what
 * only development needs. No script of a package runs.
 *
 * @param folder a new one; it then has `node_modules`, with the Node for `arch` among them.
 */
export async function installDependencies(folder: string, arch: Arch): Promise<void> {
  await mkdir(join(folder, 'tools', 'node'), { recursive: true });
  for (const file of ['package.json', 'package-lock.json', '.npmrc', 'tools/node/package.json']) {
    await cp(join(repository, file), join(folder, file));
  }
  const target = [`--cpu=${arch}`, '--os=linux', '--libc=glibc'];
  const args = [
    'ci',
    '--omit=dev',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-bin-links',
    '--loglevel=error',
    ...target,
  ];
  await command('npm', args, { cwd: folder });
}

/** Takes away what the packages bring besides code, licences and their package.json. */
export async function pruneDependencies(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !foldersNotRun.has(entry.name)) await pruneDependencies(path);
    else if (!entry.isFile() || isNotRun(entry.name)) await rm(path, { recursive: true, force: true, maxRetries: 5 });
    // Commands that a package brings: Postern calls none of them.
    else await chmod(path, 0o644);
  }
}

function isNotRun(name: string): boolean {
  return !/^licen[cs]e/i.test(name) && (name.startsWith('.') || notRun.has(extname(name)));
}
