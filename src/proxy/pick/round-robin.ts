import type { Exchange } from '../exchange.ts';
import type { Candidate, Picker, PickerEnv } from '../picker.ts';
import { notePick } from './note-pick.ts';
import { Turns } from './turns.ts';

/** One after the other, by weight: exact over all threads. Weights that servers report make it adaptive. */
export class RoundRobin<S extends Candidate> implements Picker<S> {
  readonly #turns: Turns<S>;
  readonly #name: string;

  /** @param name how it is called in the config. */
  constructor({ cursor }: Pick<PickerEnv, 'cursor'>, name: 'round-robin' | 'adaptive' = 'round-robin') {
    this.#turns = new Turns(cursor);
    this.#name = name;
  }

  pick(exchange: Exchange, usable: readonly S[], tried: ReadonlySet<S> | undefined): S {
    const chosen = usable[this.#turns.next(usable, tried, exchange.dry)]!;
    if (exchange.trace !== undefined) notePick(exchange, this.#name, chosen, `its turn, weight ${chosen.weight}`);
    return chosen;
  }
}
