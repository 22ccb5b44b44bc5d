import { Worker } from 'node:worker_threads';

import type { LoadEnv, LoadResult } from './load-result.ts';

/** What the thread is told. */
export interface WorkerTask {
  readonly file: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly instance: string;
}

export interface WorkerBounds {
  /** Longest time that loading may take; 60 s unless set. */
  readonly timeoutMs?: number;
  /** Memory of the thread; 1024 MB unless set. */
  readonly memoryMb?: number;
}

/**
 * Loads a config in a short-lived thread, so that even a large one does not hold up the caller's loop. `env.readFile` is not
 * used there: functions cannot go to a thread. Never rejects: a thread that takes too long or too much is a problem of the config.
 */
export function loadConfigInWorker(file: string, env: LoadEnv, bounds: WorkerBounds = {}): Promise<LoadResult> {
  const { timeoutMs = 60_000, memoryMb = 1024 } = bounds;
  const task: WorkerTask = { file, environment: { ...env.environment }, instance: env.instance };
  // From source the program has the same ending as this file; in dist both are JavaScript.
  const program = new URL(`./config-worker${import.meta.url.slice(-3)}`, import.meta.url);
  return new Promise((done) => {
    const worker = new Worker(program, {
      workerData: task,
      execArgv: [],
      // Nearly all that parsing makes is short-lived: with room for it, much less is copied.
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 64 },
    });
    const finish = (result: LoadResult): void => {
      clearTimeout(timer);
      void worker.terminate();
      done(result);
    };
    const timer = setTimeout(() => finish(gaveUp(file, `it took longer than ${timeoutMs} ms`)), timeoutMs);
    worker.once('message', finish);
    worker.once('error', (error) => finish(gaveUp(file, ...wordsFor(error))));
    worker.once('exit', () => finish(gaveUp(file, 'its thread ended')));
  });
}

/** What happened, and what to do about it where that is not to make the config smaller. */
function wordsFor(error: unknown): [why: string, remedy?: string] {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return ['it took too much memory'];
  if (code === 'ERR_WORKER_INIT_FAILED' || code === 'EMFILE' || code === 'ENFILE') {
    return [
      'the system gives it no thread or file, because too many files are open or memory is used up',
      'raise the limit ("ulimit -n", or LimitNOFILE in the systemd unit), or try again when there is less traffic',
    ];
  }
  // The message of any other error may hold a part of the config.
  return ['loading it failed from within'];
}

function gaveUp(file: string, why: string, remedy = 'make it smaller, and report it if it is not large'): LoadResult {
  const message = `Cannot load the config: ${why}`;
  return { ok: false, problems: [{ file, line: 0, column: 0, path: '', message, remedy, severity: 'error' }] };
}
