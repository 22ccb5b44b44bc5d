import type { Exchange } from '../exchange.ts';
import type { Candidate, Picker, PickerEnv } from '../picker.ts';
import { loadOf, notePick } from './note-pick.ts';
import { Turns } from './turns.ts';

/** Servers that are looked at; of more, those whose turn is next. */
const mostLooks = 256;

/**
 * The server that is likely to answer first: the time to its first byte lately, times the exchanges that it would have, by its
 * weight. Times are those that this thread has seen; exchanges are those of all.
 *
 * A server of which nothing is known is asked as soon as it has nothing else to do. Until its first answer it counts as the
 * others do on average, so that a crowd does not run to it.
 */
export class LeastTime<S extends Candidate> implements Picker<S> {
  readonly #turns: Turns<S>;
  readonly #clock: PickerEnv['clock'];

  constructor({ cursor, clock }: Pick<PickerEnv, 'cursor' | 'clock'>) {
    this.#turns = new Turns(cursor);
    this.#clock = clock;
  }

  pick(exchange: Exchange, usable: readonly S[], tried: ReadonlySet<S> | undefined): S {
    const now = this.#clock.now();
    const turn = this.#turns.next(usable, tried, exchange.dry);
    const chosen = soonest(usable, turn, tried, now);
    if (exchange.trace !== undefined) {
      const { latency } = chosen;
      const time = latency.known ? `${latency.at(now).toFixed(1)} ms to its first byte` : 'its time is not known';
      notePick(exchange, 'least-time', chosen, `likely the first to answer (${time}, ${loadOf(chosen)})`);
    }
    return chosen;
  }
}

/** Of the known the best, and of the unknown the one with the least to do; then the better of the two. */
function soonest<S extends Candidate>(
  usable: readonly S[],
  turn: number,
  tried: ReadonlySet<S> | undefined,
  now: number,
): S {
  const found = new Found<S>();
  const looks = Math.min(usable.length, mostLooks);
  for (let i = 0, at = turn; i < looks && !found.idle; i++, at = at + 1 === usable.length ? 0 : at + 1) {
    const server = usable[at]!;
    if (tried?.has(server) !== true) found.look(server, server.latency.at(now));
  }
  return found.best ?? usable[turn]!;
}

/** What a search has come across so far. */
class Found<S extends Candidate> {
  #known: S | undefined;
  #least = Infinity;
  #unknown: S | undefined;
  #fewest = Infinity;
  #times = 0;
  #count = 0;

  /** One that is unknown has nothing to do: there is no better one. */
  idle = false;

  look(server: S, time: number): void {
    const load = (server.active + 1) / server.weight;
    if (time > 0) {
      this.#times += time;
      this.#count++;
      if (time * load >= this.#least) return;
      this.#known = server;
      this.#least = time * load;
    } else if (load < this.#fewest) {
      this.#unknown = server;
      this.#fewest = load;
      this.idle = server.active === 0;
    }
  }

  get best(): S | undefined {
    const usual = this.#count === 0 ? 0 : this.#times / this.#count;
    const unknownFirst = this.idle || this.#fewest * usual < this.#least;
    return (unknownFirst ? this.#unknown : this.#known) ?? this.#unknown;
  }
}
