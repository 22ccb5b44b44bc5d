import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The top of the repository. */
export const repository: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface CommandPlace {
  readonly cwd: string;
  readonly epoch?: number;
}

/**
 * Runs a program to its end.
 * @returns what it wrote.
 * @throws Error with what it said, where it fails or is not there.
 */
export async function command(program: string, args: readonly string[], place: CommandPlace): Promise<string> {
  try {
    const env = cleanEnvironment(place.epoch);
    const { stdout } = await promisify(execFile)(program, args, { cwd: place.cwd, env, maxBuffer: 64e6 });
    return stdout;
  } catch (error) {
    const { stderr, stdout, message } = error as { stderr?: string; stdout?: string; message: string };
    const said = (stderr || stdout || message).trim();
    throw new Error(`Cannot run ${program} ${args.join(' ')}: ${said.slice(-2000)}`, { cause: error });
  }
}

/** Without what an npm around us says about the checkout, and with what makes the same bytes on every machine. */
function cleanEnvironment(epoch: number | undefined): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|INIT_CWD$|TAR_OPTIONS$|GZIP$|NODE_OPTIONS$)/.test(name),
  );
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    LC_ALL: 'C',
    TZ: 'UTC',
    NODE_ENV: 'production',
    PATH: `${join(repository, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`,
    ...(epoch !== undefined && { SOURCE_DATE_EPOCH: String(epoch) }),
  };
}
