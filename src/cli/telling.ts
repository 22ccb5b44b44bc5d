import { ExitCode } from './exit-code.ts';
import { complain } from './outputs.ts';

/** What went wrong has been told. */
export class Told extends Error {}

/** Ends a command with a word to the user. */
export function fail(message: string): never {
  complain(message);
  throw new Told();
}

/** What a command ends with, whose failures are told where they happen. */
export async function telling(job: () => Promise<void>): Promise<ExitCode> {
  try {
    await job();
    return ExitCode.Fine;
  } catch (error) {
    if (error instanceof Told) return ExitCode.Runtime;
    throw error;
  }
}
