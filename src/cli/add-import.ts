import { Argument, type Command } from 'commander';

import type { ExitCode } from './exit-code.ts';
import type { ImportFlags } from './import.ts';

const formats = ['reverse-lines'];

/** The commands that turn other programs' settings into a config, and back. */
export function addImport(program: Command, done: (code: ExitCode) => void): void {
  program
    .command('import')
    .description('Make a config of the settings of another program')
    .addArgument(formatArgument())
    .argument('<file>', 'file with the setting; -: standard input')
    .option('--write [file]', 'into a new file, postern.yaml unless named, in place of standard output')
    .option('--pass-host', 'servers get the Host that clients sent ("Pass through Host")')
    .option('--ignore-case', 'upper and lower case count as one in paths')
    .option('--block-ntlm', 'as "Block NTLM authentication requests"')
    .option('--block-negotiate', 'as "Block Negotiate authentication requests"')
    .action(async (_format: string, file: string, flags: ImportFlags) =>
      done(await (await import('./import.ts')).importReverseLines(file, flags)),
    );
  program
    .command('export')
    .description('Write a config as settings of another program')
    .addArgument(formatArgument())
    .argument('<config>', 'config file; what the format cannot say is named on standard error')
    .action(async (_format: string, file: string) =>
      done(await (await import('./import.ts')).exportReverseLines(file)),
    );
}

function formatArgument(): Argument {
  const description = "NetManager's apache_reverse: path,server[,httpsonly][,httpsredirect] with spaces between";
  return new Argument('<format>', description).choices(formats);
}
