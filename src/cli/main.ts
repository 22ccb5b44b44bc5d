import { CommanderError } from 'commander';

import { answerToOwnName } from '../control/config/own-name.ts';
import { messageOf } from '../control/message-of.ts';
import { ExitCode } from './exit-code.ts';
import { complain, surviveBrokenPipes } from './outputs.ts';
import { createProgram } from './program.ts';

/** Runs the command line and ends the process as it went. Never rejects. @param args without program and script. */
export async function main(args: readonly string[]): Promise<void> {
  surviveBrokenPipes();
  answerToOwnName(); // For configs that are programs.
  process.exitCode = await perform(args);
}

async function perform(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = ExitCode.Fine;
  const program = createProgram((result) => {
    code = result;
  });
  try {
    if (args.length === 0) return misuse('no command was given', undefined);
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      complain(`Cannot do this, because of a fault in Postern: ${messageOf(error)}`);
      return ExitCode.Runtime;
    }
    if (error.exitCode === 0) return ExitCode.Fine;
    const known = program.commands.find((command) => command.name() === args[0]);
    return misuse(error.message, known?.name());
  }
}

/** commander's message in one line, with what to do. */
function misuse(message: string, command: string | undefined): ExitCode {
  const line = message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .trim()
    .replace(/\.$/, '');
  const help = command === undefined || command === 'help' ? 'postern help' : `postern help ${command}`;
  complain(`Cannot read the command line: ${line}; see "${help}"`);
  return ExitCode.Usage;
}
