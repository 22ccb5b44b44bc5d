import type { Exchange } from '../exchange.ts';
import type { Candidate, Picker, PickerEnv } from '../picker.ts';
import { RandomSource } from '../random-source.ts';
import { loadOf, notePick } from './note-pick.ts';
import { WeightedDraw } from './weighted-draw.ts';

/** Draws for one that was not drawn or tried before; then the next in the list will do. */
const mostDraws = 4;

/**
 * Draws some servers by weight and takes the one that has the fewest exchanges for its weight (the power of two choices): nearly
 * as even as looking at all, and many proxies before the same servers do not all run to the same one.
 */
export class RandomChoice<S extends Candidate> implements Picker<S> {
  readonly #random: RandomSource;
  readonly #choices: number;
  #list: readonly S[] = [];
  #draw: WeightedDraw = new WeightedDraw([1]);

  /** @param choices how many are drawn, at least 1. */
  constructor({ random = new RandomSource() }: Pick<PickerEnv, 'random'>, choices: number) {
    this.#random = random;
    this.#choices = choices;
  }

  pick(exchange: Exchange, usable: readonly S[], tried: ReadonlySet<S> | undefined): S {
    if (usable !== this.#list) this.#follow(usable);
    if (exchange.dry) this.#random.keep();
    const chosen = usable.length === 1 ? usable[0]! : this.#leastOfDrawn(tried);
    if (exchange.dry) this.#random.restore();
    if (exchange.trace !== undefined) {
      notePick(exchange, 'random', chosen, `the least busy of ${this.#choices} that were drawn (${loadOf(chosen)})`);
    }
    return chosen;
  }

  #follow(usable: readonly S[]): void {
    this.#list = usable;
    this.#draw = new WeightedDraw(usable.map(({ weight }) => weight));
  }

  #leastOfDrawn(tried: ReadonlySet<S> | undefined): S {
    let best = this.#drawn(tried, undefined);
    let least = best.active / best.weight;
    for (let i = 1; i < this.#choices; i++) {
      const server = this.#drawn(tried, best);
      const load = server.active / server.weight;
      if (load >= least) continue;
      best = server;
      least = load;
    }
    return best;
  }

  /** @param but not this one, if it can be. */
  #drawn(tried: ReadonlySet<S> | undefined, but: S | undefined): S {
    const list = this.#list;
    let at = 0;
    for (let i = 0; i < mostDraws; i++) {
      at = this.#draw.draw(this.#random);
      const server = list[at]!;
      if (server !== but && tried?.has(server) !== true) return server;
    }
    for (let i = 0; i < list.length; i++) {
      const server = list[(at + i) % list.length]!;
      if (server !== but && tried?.has(server) !== true) return server;
    }
    return but ?? list[at]!;
  }
}
