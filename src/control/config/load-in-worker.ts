import type { ConfigTexts } from './config-texts.ts';
import type { LoadEnv, LoadResult } from './load-result.ts';
import { oneShotWorker, type WorkerBounds } from './one-shot-worker.ts';

/** What the thread is told. */
export interface WorkerTask {
  /** Its name in messages. */
  readonly file: string;
  /** In place of what the file holds. */
  readonly given?: GivenText | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly instance: string;
  /** The config was loaded before, and its texts count as they were; undefined: what the file says now. */
  readonly kept?: ConfigTexts;
}

/** A config that is no file. */
export interface GivenText {
  readonly text: string;
  /** Relative paths in it start here. */
  readonly folder: string;
  /** As `LoadEnv.alone`. */
  readonly alone?: boolean;
}

/**
 * Loads a config in a short-lived thread, so that even a large one does not hold up the caller's loop. `env.readFile` is not
 * used there: functions cannot go to a thread. With `env.kept` the texts are those. Never rejects: a thread that takes too long
 * or too much is a problem of the config.
 *
 * @param given takes the place of what the file holds.
 */
export function loadConfigInWorker(
  file: string,
  env: LoadEnv,
  bounds: WorkerBounds = {},
  given?: GivenText,
): Promise<LoadResult> {
  const { environment, instance, kept } = env;
  const task: WorkerTask = { file, given, environment: { ...environment }, instance, ...(kept && { kept }) };
  // From source the program has the same ending as this file; in dist both are JavaScript.
  const program = new URL(`./config-worker${import.meta.url.slice(-3)}`, import.meta.url);
  return oneShotWorker<LoadResult>(program, task, bounds, (why, remedy) => gaveUp(file, why, remedy));
}

function gaveUp(file: string, why: string, remedy = 'make it smaller, and report it if it is not large'): LoadResult {
  const message = `Cannot load the config: ${why}`;
  return { ok: false, problems: [{ file, line: 0, column: 0, path: '', message, remedy, severity: 'error' }] };
}
