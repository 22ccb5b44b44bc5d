import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import type { Judged } from './judged.ts';
import { quote, type ConfigPath } from './config-problem.ts';

/** Files that others could put there first, because everyone may write to their folder. */
export function adviseFolders({ config, source, problems }: Judged): void {
  const { socket } = config.admin;
  const log = config.accessLog === false ? undefined : config.accessLog.file;
  const files: readonly (readonly [ConfigPath, string | undefined, string])[] = [
    [['admin', 'socket'], socket, 'another program can take the place of the control socket'],
    [['accessLog', 'file'], log, 'another program can take the place of the log, or read it'],
  ];
  for (const [path, file, danger] of files) {
    if (file === undefined || !isForEveryone(dirname(resolve(source.folder, file)))) continue;
    const shown = problems.isSecret(path) ? 'its folder' : quote(dirname(file));
    problems.add({
      path,
      message: `Everyone on this machine may write to ${shown}: ${danger}`,
      remedy: 'choose a folder that belongs to Postern alone',
      severity: 'warning',
    });
  }
}

/** The sticky bit (`/tmp`) keeps others from removing a file, not from being first. A folder that is not there yet is nobody's. */
function isForEveryone(folder: string): boolean {
  try {
    return (statSync(folder).mode & 0o002) !== 0;
  } catch {
    return false;
  }
}
