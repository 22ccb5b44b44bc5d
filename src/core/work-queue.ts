import { SharedCount } from './shared/shared-count.ts';

/** How soon another try follows where all places are other threads', in ms. */
const tryAgainMs = 5;

export interface WorkLimits {
  /** Tasks that run at once, in all threads together. */
  readonly running: number;
  /** Tasks of this thread that wait. */
  readonly waiting: number;
}

/**
 * Lets so many tasks run at once, and so many wait.
 *
 * A task that ends hands its place to the next one of its thread, unless another thread waits for one: then it gives the place
 * up, and tries to get one like the others. So no thread, and nobody who keeps one busy, has all places for long.
 */
export class WorkQueue {
  readonly #limits: WorkLimits;
  readonly #places: SharedCount;
  readonly #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param places that are taken, by all threads; default: this one is alone. */
  constructor(limits: WorkLimits, places: SharedCount = new SharedCount(SharedCount.allocate(1), 0)) {
    this.#limits = limits;
    this.#places = places;
  }

  /** Nothing more may wait. */
  get full(): boolean {
    return this.#waiting.length >= this.#limits.waiting && this.#places.sum >= this.#limits.running;
  }

  /** Runs it when there is room. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0 || !this.#places.take(this.#limits.running)) await this.#turn();
    try {
      return await task();
    } finally {
      this.#handOn();
    }
  }

  /** Resolves with a place taken. */
  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#wait();
    });
  }

  #handOn(): void {
    const yields = this.#places.othersWant;
    const next = yields ? undefined : this.#waiting.shift();
    if (next) next();
    else this.#places.give();
    if (yields) this.#waitLonger();
    else this.#wait();
  }

  /** So that the others look for the place first. */
  #waitLonger(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wait(2 * tryAgainMs);
  }

  /** Looks for a place again and again, as long as anything waits. */
  #wait(ms = tryAgainMs): void {
    this.#places.want(this.#waiting.length > 0);
    if (this.#waiting.length === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#waiting.length > 0 && this.#places.take(this.#limits.running)) this.#waiting.shift()!();
      this.#wait();
    }, ms);
  }
}
