import { Worker } from 'node:worker_threads';

/** So long may one input run; a busy machine is forgiven. */
const patienceMs = 60_000;

const mostBytes = 65_536;

/** Room for: number of inputs begun, length of the one at hand, its bytes. */
const headBytes = 8;

/**
 * Ends the process where one input never ends, having said which: an endless loop cannot be left from within. The input at
 * hand lies in shared memory, and a thread looks whether it changes.
 */
export class Watchdog {
  readonly #memory = new SharedArrayBuffer(headBytes + mostBytes);
  readonly #numbers = new Int32Array(this.#memory, 0, 2);
  readonly #bytes = new Uint8Array(this.#memory, headBytes);
  readonly #worker: Worker;

  constructor(target: string) {
    const workerData = { memory: this.#memory, target, patienceMs };
    this.#worker = new Worker(new URL('watchdog-thread.ts', import.meta.url), { workerData });
    this.#worker.unref();
  }

  /** This input is about to run. */
  readonly before = (input: Buffer): void => {
    this.#numbers[0]!++;
    this.#numbers[1] = Math.min(input.length, mostBytes);
    this.#bytes.set(input.subarray(0, mostBytes));
  };

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
