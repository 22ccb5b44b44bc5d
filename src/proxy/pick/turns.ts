import type { SharedCursor } from '../../core/shared/shared-cursor.ts';
import { Schedule } from './schedule.ts';

/** Places that are looked at for a server that was not tried; then any such server will do. */
const mostLooks = 256;

/**
 * Whose turn it is, by weight: of any n x k turns in a row over the same servers each has exactly its share, where n is the
 * length of a round; over all threads together, as they take steps of one cursor. A retry takes the next one's turn, and the
 * round goes on behind it.
 *
 * The cursor is the place of the next turn. In another thread the list may be another one for a moment, and rounds shorter.
 */
export class Turns<S extends { readonly weight: number }> {
  readonly #cursor: SharedCursor;
  #list: readonly S[] = [];
  #schedule: Schedule = new Schedule([1]);

  constructor(cursor: SharedCursor) {
    this.#cursor = cursor;
  }

  /** The index of whose turn it is. @param keep true: it stays its turn. */
  next(usable: readonly S[], tried: ReadonlySet<S> | undefined, keep: boolean): number {
    if (usable.length === 1) return 0;
    if (usable !== this.#list) this.#follow(usable);
    const schedule = this.#schedule;
    // Each further turn means that another thread has taken this place: somebody always gets on.
    for (let at = this.#cursor.place; ;) {
      const first = at < schedule.length ? at : 0;
      const place = tried === undefined ? first : this.#untried(first, tried);
      if (keep) return this.#serverAt(place, tried);
      const found = this.#cursor.step(at, schedule.after(place));
      if (found === at) return this.#serverAt(place, tried);
      at = found;
    }
  }

  #follow(usable: readonly S[]): void {
    this.#list = usable;
    this.#schedule = new Schedule(usable.map(({ weight }) => weight));
  }

  /** The first place from `first` on whose server was not tried; `first` if there is none near. */
  #untried(first: number, tried: ReadonlySet<S>): number {
    const schedule = this.#schedule;
    let place = first;
    for (let look = 0; look < mostLooks; look++) {
      if (!tried.has(this.#list[schedule.at(place)]!)) return place;
      place = schedule.after(place);
    }
    return first;
  }

  /** Where the place's server was tried, the first one behind it in the list that was not. */
  #serverAt(place: number, tried: ReadonlySet<S> | undefined): number {
    const list = this.#list;
    const chosen = this.#schedule.at(place);
    if (tried === undefined) return chosen;
    for (let i = 0; i < list.length; i++) {
      const at = (chosen + i) % list.length;
      if (!tried.has(list[at]!)) return at;
    }
    return chosen;
  }
}
