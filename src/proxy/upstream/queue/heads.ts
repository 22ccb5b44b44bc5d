import type { SharedRow } from '../../../core/shared/shared-rows.ts';
import { PoolField, PoolSign } from '../../server-state.ts';
import { comesBefore } from './rank.ts';

/**
 * Who comes first among the exchanges that wait for a pool's servers, over all threads: each shows the rank of its first.
 *
 * An exchange may be able to use only some servers: one that was refused by the others, or is bound to one. Where the first of
 * a thread can use nothing of what is free, the thread shows the first that can. That holds until something else becomes free.
 */
export class Heads {
  readonly #row: SharedRow;
  readonly #place: number;

  constructor(row: SharedRow, place: number) {
    this.#row = row;
    this.#place = place;
  }

  /** Those of this thread have changed. @param first 0: none waits. */
  show(first: number): void {
    this.#row.show(PoolSign.at, this.#row.get(PoolField.freed) - 1);
    this.#row.show(PoolSign.first, first);
  }

  /** Before this one come only some that can use nothing of what is free. @param able 0: none can. */
  showAble(able: number, freed: number): void {
    this.#row.show(PoolSign.able, able);
    this.#row.show(PoolSign.at, freed);
  }

  /** Somebody comes before this rank, in this thread too. */
  anyBefore(rank: number, freed: number): boolean {
    const first = this.#firstOf(this.#place, freed);
    return (first !== 0 && comesBefore(first, rank)) || this.otherBefore(rank, freed) >= 0;
  }

  /** The place of the other thread whose first comes before all, if it comes before this rank (0: any); else -1. */
  otherBefore(rank: number, freed: number): number {
    let [best, found] = [rank, -1];
    for (let place = 0; place < this.#row.places; place++) {
      if (place === this.#place) continue;
      const first = this.#firstOf(place, freed);
      if (first === 0 || (best !== 0 && !comesBefore(first, best))) continue;
      [best, found] = [first, place];
    }
    return found;
  }

  /** Tells a thread that it is its turn. */
  wake(place: number): void {
    this.#row.wake(place, PoolSign.wake);
  }

  #firstOf(place: number, freed: number): number {
    const first = this.#row.shown(place, PoolSign.first);
    return first !== 0 && this.#row.shown(place, PoolSign.at) === freed ? this.#row.shown(place, PoolSign.able) : first;
  }
}
