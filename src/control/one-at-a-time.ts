/** Runs jobs one after the other, in the order in which they came. Whoever brings them bounds how many wait. */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as the job does. */
  async run<Result>(job: () => Promise<Result>): Promise<Result> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    try {
      return await job();
    } finally {
      resolve();
    }
  }

  /** Resolves when the jobs that are there now have ended. Never rejects. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
