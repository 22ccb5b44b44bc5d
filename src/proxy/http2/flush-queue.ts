/** What has bytes to write at the end of a turn. */
export interface Flushable {
  /** Must not throw. */
  flush(): void;
}

/**
 * Writes once a turn of the event loop what came together in it: answers of several servers for one client leave in one system
 * call, and in one TLS record. One for a thread.
 */
export class FlushQueue {
  #waiting: Flushable[] = [];

  /** It is flushed before the event loop waits again. Not to be added twice for one turn. */
  add(output: Flushable): void {
    // Behind all sockets that have something to read now, and before timers.
    if (this.#waiting.push(output) === 1) setImmediate(this.#run);
  }

  readonly #run = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const output of waiting) output.flush();
  };
}
