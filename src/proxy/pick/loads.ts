import type { Candidate } from '../picker.ts';
import { ServerField } from '../server-state.ts';

/** Servers in a row of the list that are counted in one piece of memory. */
interface Stretch {
  readonly words: Int32Array;
  readonly from: number;
  readonly to: number;
}

/**
 * What all servers of a list have to do now, over all threads, to be looked at quickly: a pick may look at a thousand. It goes
 * through the shared words themselves, not from server to server.
 */
export class Loads<S extends Candidate> {
  readonly list: readonly S[];
  readonly #stretches: readonly Stretch[];
  /** Where in its memory each server is counted. */
  readonly #at: Int32Array;
  /** 1 / weight. */
  readonly #inverse: Float64Array;

  constructor(list: readonly S[]) {
    this.list = list;
    const places = list.map(({ row }) => row.at(ServerField.exchanges));
    this.#stretches = stretchesOf(places.map(({ memory }) => memory));
    this.#at = Int32Array.from(places, ({ word }) => word);
    this.#inverse = Float64Array.from(list, ({ weight }) => 1 / weight);
  }

  /** Exchanges that all of them have. */
  get sum(): number {
    let sum = 0;
    for (const stretch of this.#stretches) sum += sumOf(stretch, this.#at);
    return sum;
  }

  /**
   * The index of the first from `start` on, round the list, that none has less to do than, for its weight, but for those tried;
   * `start` if all were.
   */
  least(start: number, tried: ReadonlySet<S> | undefined): number {
    if (tried !== undefined) return this.#leastUntried(start, tried);
    const behind = this.#leastFrom(start, this.list.length, Infinity);
    const before = this.#leastFrom(0, start, this.#loadOf(behind));
    return before < 0 ? behind : before;
  }

  /** The index of the first of these with the least to do, if it has less than `below`; else -1. */
  #leastFrom(first: number, end: number, below: number): number {
    let best = -1;
    let least = below;
    for (const { words, from, to } of this.#stretches) {
      const found = this.#leastIn(words, Math.max(from, first), Math.min(to, end), least);
      if (found < 0) continue;
      best = found;
      least = this.#loadOf(found);
    }
    return best;
  }

  #leastIn(words: Int32Array, from: number, to: number, below: number): number {
    const [places, inverse] = [this.#at, this.#inverse];
    let best = -1;
    let least = below;
    for (let i = from; i < to && least > 0; i++) {
      const load = words[places[i]!]! * inverse[i]!;
      if (load >= least) continue;
      best = i;
      least = load;
    }
    return best;
  }

  #leastUntried(start: number, tried: ReadonlySet<S>): number {
    let best = start;
    let least = Infinity;
    for (let i = 0, at = start; i < this.list.length; i++, at = at + 1 === this.list.length ? 0 : at + 1) {
      const load = this.#loadOf(at);
      if (load >= least || tried.has(this.list[at]!)) continue;
      best = at;
      least = load;
    }
    return best;
  }

  #loadOf(index: number): number {
    return this.list[index]!.active * this.#inverse[index]!;
  }
}

function sumOf({ words, from, to }: Stretch, places: Int32Array): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += words[places[i]!]!;
  return sum;
}

function stretchesOf(memories: readonly SharedArrayBuffer[]): Stretch[] {
  const pieces = new Map(memories.map((memory) => [memory, new Int32Array(memory)]));
  const stretches: Stretch[] = [];
  for (let from = 0, to = 0; from < memories.length; from = to) {
    const memory = memories[from]!;
    while (to < memories.length && memories[to] === memory) to++;
    stretches.push({ words: pieces.get(memory)!, from, to });
  }
  return stretches;
}
