import type { Exchange } from '../exchange.ts';
import type { Candidate, Picker, PickerEnv } from '../picker.ts';
import { Loads } from './loads.ts';
import { loadOf, notePick } from './note-pick.ts';
import { Turns } from './turns.ts';

/**
 * The server that has the fewest exchanges for its weight, over all threads. Of those that have equally few it is the next by
 * turns, so that idle servers are used by weight too, and no thread runs to the same one as another.
 */
export class LeastConnections<S extends Candidate> implements Picker<S> {
  readonly #turns: Turns<S>;
  #loads: Loads<S> = new Loads([]);

  constructor({ cursor }: Pick<PickerEnv, 'cursor'>) {
    this.#turns = new Turns(cursor);
  }

  pick(exchange: Exchange, usable: readonly S[], tried: ReadonlySet<S> | undefined): S {
    if (usable !== this.#loads.list) this.#loads = new Loads(usable);
    const turn = this.#turns.next(usable, tried, exchange.dry);
    const chosen = usable[this.#loads.least(turn, tried)]!;
    if (exchange.trace !== undefined) {
      notePick(exchange, 'least-connections', chosen, `the fewest for its weight (${loadOf(chosen)})`);
    }
    return chosen;
  }
}
