/** Lets so many tasks run at once, and so many wait. */
export class WorkQueue {
  readonly #mostRunning: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: { readonly running: number; readonly waiting: number }) {
    this.#mostRunning = limits.running;
    this.#mostWaiting = limits.waiting;
  }

  /** Nothing more may wait. */
  get full(): boolean {
    return this.#running >= this.#mostRunning && this.#waiting.length >= this.#mostWaiting;
  }

  /** Runs it when there is room. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#mostRunning) this.#running++;
    else await new Promise<void>((resolve) => void this.#waiting.push(resolve)); // It is handed the place of one that ended.
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
