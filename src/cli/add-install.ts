import { Argument, type Command } from 'commander';

import type { ExitCode } from './exit-code.ts';
import type { InstallOptions } from './install.ts';

/** The command that makes Postern a service of the system. */
export function addInstall(program: Command, done: (code: ExitCode) => void): void {
  program
    .command('install')
    .description('Make Postern a service of this system')
    .addArgument(new Argument('<manager>', 'what runs services here').choices(['systemd']))
    .option('--print', 'only show the unit file')
    .option('--yes', 'do not ask')
    .option('--config <file>', 'config that the service runs with; default: /etc/postern/postern.yaml')
    .option('--program <path>', 'the command; default: /usr/bin/postern where it is, else this one')
    .option('--user <name>', 'user that it runs as; default: postern')
    .option('--group <name>', 'group that it runs as; default: that of the same name as the user')
    .option('--file <path>', 'unit file; default: /etc/systemd/system/postern.service')
    .action(async (_manager: string, options: InstallOptions) =>
      done(await (await import('./install.ts')).install(options)),
    );
}
