import { importances, type Importance } from '../../capacity-plan.ts';
import type { Waiter } from './waiter.ts';

/** The exchanges of one thread that wait for a pool's servers: a line for each importance, in the order of their coming. */
export class Lines<S> {
  readonly #lines: readonly Set<Waiter<S>>[] = importances.map(() => new Set());

  get size(): number {
    return this.#lines.reduce((all, { size }) => all + size, 0);
  }

  /** Whose turn it is; undefined: none waits. */
  get first(): Waiter<S> | undefined {
    for (const line of this.#lines) for (const waiter of line) return waiter;
    return undefined;
  }

  add(waiter: Waiter<S>): void {
    this.#of(waiter.importance).add(waiter);
  }

  /** @returns false: it was not there. */
  delete(waiter: Waiter<S>): boolean {
    return this.#of(waiter.importance).delete(waiter);
  }

  /** The last to come of the least important, if they are less important than this. */
  lastBelow(importance: Importance): Waiter<S> | undefined {
    for (let i = importances.length - 1; i > importances.indexOf(importance); i--) {
      const line = this.#lines[i]!;
      if (line.size > 0) return [...line].at(-1);
    }
    return undefined;
  }

  /** In the order of their turns. They may leave meanwhile. */
  *[Symbol.iterator](): Iterator<Waiter<S>> {
    for (const line of this.#lines) yield* line;
  }

  #of(importance: Importance): Set<Waiter<S>> {
    return this.#lines[importances.indexOf(importance)]!;
  }
}
