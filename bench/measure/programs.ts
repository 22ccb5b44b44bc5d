import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a program is; Debian keeps servers in folders that are not in everyone's PATH. Undefined: not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(executable);
}

/** The first version number that the program prints when called so; undefined: it cannot be run. */
export function versionOf(name: string, ...args: readonly string[]): string | undefined {
  const program = findProgram(name);
  if (program === undefined) return undefined;
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 10_000 });
  return /\d+(?:\.\d+)+/.exec(`${stdout ?? ''} ${stderr ?? ''}`)?.[0];
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
