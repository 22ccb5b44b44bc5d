import { join } from 'node:path';

import { command } from './command.ts';

/**
 * The unit of the packages is the one that the packed program itself prints.
 * @param tree the files of the program.
 */
export async function systemdUnit(tree: string): Promise<string> {
  const script = join(tree, 'bin', 'postern.js');
  return await command(process.execPath, [script, 'install', 'systemd', '--print'], { cwd: tree });
}
