import type { Command } from 'commander';

import { configPlaces } from './find-config.ts';

/** A command that asks the running Postern. */
export function asking(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--json', 'for machines')
    .option('--config <file>', `config that names the control socket; default: the first of ${configPlaces.join(', ')}`)
    .option('--socket <path>', 'its control socket');
}
