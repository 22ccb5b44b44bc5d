import { Worker } from 'node:worker_threads';

export interface WorkerBounds {
  /** Longest time that the work may take; 60 s unless set. */
  readonly timeoutMs?: number;
  /** Memory of the thread; 1024 MB unless set. */
  readonly memoryMb?: number;
}

/**
 * Runs a program in a short-lived thread, and resolves with the first message that it posts. Never rejects.
 *
 * @param failed makes a result where the thread takes too long or too much, or ends.
 */
export function oneShotWorker<Result>(
  program: URL,
  task: object,
  bounds: WorkerBounds,
  failed: (why: string, remedy?: string) => Result,
): Promise<Result> {
  const { timeoutMs = 60_000, memoryMb = 1024 } = bounds;
  return new Promise((done) => {
    const worker = new Worker(program, {
      workerData: task,
      execArgv: [],
      // Nearly all that parsing makes is short-lived: with room for it, much less is copied.
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 64 },
    });
    const finish = (result: Result): void => {
      clearTimeout(timer);
      void worker.terminate();
      done(result);
    };
    const timer = setTimeout(() => finish(failed(`it took longer than ${timeoutMs} ms`)), timeoutMs);
    worker.once('message', finish);
    worker.once('error', (error) => finish(failed(...wordsFor(error))));
    worker.once('exit', () => finish(failed('its thread ended')));
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
