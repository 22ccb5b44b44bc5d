import { InvalidArgumentError, type Command } from 'commander';

import { asking } from './asking.ts';
import type { ExitCode } from './exit-code.ts';
import type { SplitOptions, SplitWeights } from './split.ts';

/** The command that says how pools share the requests of a route. */
export function addSplit(program: Command, done: (code: ExitCode) => void): void {
  asking(program, 'split [route]', 'Show how pools share the requests of a route, or give them other weights')
    .argument('[weights]', 'such as 80/20, in the order of the config, or stable=80,canary=20', toWeights)
    .option('--reset', 'as the config says')
    .action(async (route: string | undefined, weights: SplitWeights | undefined, options: SplitOptions) =>
      done(await (await import('./split.ts')).split(route, weights, options)),
    );
}

function toWeights(text: string): SplitWeights {
  if (/^\d+(\.\d+)?(\/\d+(\.\d+)?)+$/.test(text)) return text.split('/').map(Number);
  const parts = text.split(',').map((part) => /^(.+)=(\d+(?:\.\d+)?)$/.exec(part));
  if (parts.some((part) => part === null)) {
    throw new InvalidArgumentError('Write 80/20 in the order of the config, or stable=80,canary=20.');
  }
  return Object.fromEntries(parts.map((part) => [part![1]!, Number(part![2])]));
}
