/**
 * Runs one job at a time, and remembers at most one more: whoever asks while a job runs shares the next run, which
 * begins after the question and so sees all that was there when it was asked.
 */
export class ReloadQueue<Result> {
  readonly #job: () => Promise<Result>;
  #running: Promise<Result> | undefined;
  #next: Promise<Result> | undefined;

  constructor(job: () => Promise<Result>) {
    this.#job = job;
  }

  run(): Promise<Result> {
    if (this.#running === undefined) return this.#begin();
    this.#next ??= this.#after(this.#running);
    return this.#next;
  }

  /** Resolves when nothing runs or waits. Never rejects. */
  async idle(): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- another run may have begun meanwhile
    while (this.#running !== undefined) await Promise.allSettled([this.#next ?? this.#running]);
  }

  async #after(running: Promise<Result>): Promise<Result> {
    await Promise.allSettled([running]);
    this.#next = undefined;
    return await this.#begin();
  }

  #begin(): Promise<Result> {
    const running = this.#job().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}
