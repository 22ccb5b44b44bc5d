import type { RandomSource } from '../random-source.ts';

/**
 * Draws one of many by weight, with one random number however many there are (the alias method of Walker and Vose): every
 * place has a threshold, below which it is the place itself, else the other one that shares it.
 */
export class WeightedDraw {
  readonly #thresholds: Float64Array;
  readonly #others: Uint32Array;

  /** @param weights at least one, all above 0. */
  constructor(weights: readonly number[]) {
    const count = weights.length;
    const mean = weights.reduce((all, each) => all + each, 0) / count;
    const left = Float64Array.from(weights, (weight) => weight / mean);
    this.#thresholds = new Float64Array(count).fill(1);
    this.#others = Uint32Array.from(weights, (_, i) => i);
    const small: number[] = [];
    const large: number[] = [];
    for (let i = 0; i < count; i++) (left[i]! < 1 ? small : large).push(i);
    while (small.length > 0 && large.length > 0) {
      const [less, more] = [small.pop()!, large.pop()!];
      this.#thresholds[less] = left[less]!;
      this.#others[less] = more;
      left[more]! -= 1 - left[less]!;
      (left[more]! < 1 ? small : large).push(more);
    }
  }

  /** An index. */
  draw(random: RandomSource): number {
    const point = random.below(this.#thresholds.length);
    const place = Math.floor(point);
    return point - place < this.#thresholds[place]! ? place : this.#others[place]!;
  }
}
