import type { Exchange } from '../exchange.ts';
import type { Picker } from '../picker.ts';

/**
 * One after the other: of any n x k picks in a row over the same n servers each gets exactly k, unless some were tried
 * before. A retry takes the next one's turn, and the round goes on behind it.
 */
export class RoundRobin<S> implements Picker<S> {
  /** Place of the next pick. Kept below the length of the list it was last used on; the list may be shorter the next time. */
  #next = 0;

  pick(exchange: Exchange, usable: readonly S[], tried: ReadonlySet<S> | undefined): S {
    const first = this.#next < usable.length ? this.#next : 0;
    const chosen = tried === undefined ? first : untried(usable, first, tried);
    if (!exchange.dry) this.#next = chosen + 1 < usable.length ? chosen + 1 : 0;
    return usable[chosen]!;
  }
}

/** The first place from `first` on, round the list, whose server was not tried; `first` if all were. */
function untried<S>(usable: readonly S[], first: number, tried: ReadonlySet<S>): number {
  for (let step = 0; step < usable.length; step++) {
    const at = (first + step) % usable.length;
    if (!tried.has(usable[at]!)) return at;
  }
  return first;
}
