import type { Begin } from './check-result.ts';

/** Lets so many things run at once; the others wait in turn. Each of those that use it has one waiting at most, which bounds the queue. */
export class Slots {
  readonly #most: number;
  readonly #waiting: Set<() => void> = new Set();
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** The same, once there is room. What is given up leaves the queue, or its place. */
  wrap<T>(begin: Begin<T>): Begin<T> {
    return (done) => {
      let cancel: (() => void) | undefined;
      const go = (): void => {
        this.#running += 1;
        cancel = begin((result) => {
          cancel = undefined;
          this.#leave();
          done(result);
        });
      };
      if (this.#running < this.#most) go();
      else this.#waiting.add(go);
      return () => {
        if (this.#waiting.delete(go) || cancel === undefined) return;
        cancel();
        cancel = undefined;
        this.#leave();
      };
    };
  }

  #leave(): void {
    this.#running -= 1;
    const [next] = this.#waiting;
    if (next === undefined || this.#running >= this.#most) return;
    this.#waiting.delete(next);
    next();
  }
}
