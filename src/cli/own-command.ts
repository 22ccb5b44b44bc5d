import type { OwnCommand } from '../control/service/succession.ts';

/** The command that this process runs, for its successor: the same program, script and arguments, as they are on the disk then. */
export function ownCommand(): OwnCommand {
  const args = process.argv.slice(1).filter((each) => each !== '--take-over');
  return {
    program: process.execPath,
    args: [...process.execArgv, ...args],
    folder: process.cwd(),
    environment: { ...process.env },
  };
}
