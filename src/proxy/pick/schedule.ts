/** Steps that a table may have: what is more is worked out at each pick. */
const mostSteps = 4096;

/** Steps times servers that a table may take to make: every thread makes it anew whenever a weight changes. */
const mostWork = 65_536;

/** Sums of weights stay below, so that places fit into a word. */
const mostSum = 0x4000_0000;

/**
 * Turns by weight: of as many turns in a row as a round has, each server has exactly its weight's share, spread as evenly as
 * its weight lets it be.
 *
 * (1) Equal weights: the servers in their order.
 * (2) A short round is made beforehand: at each step everyone gains its weight, whoever has most is next and pays a round
 * (smooth weighted round robin, as nginx has it).
 * (3) A long one is not: a place is a point on a line where each server has a piece as long as its weight. The next place is
 * one golden section of the line further; as that step and the line's length have no common divisor, all points come once.
 */
export class Schedule {
  /** Turns of one round: places are below. */
  readonly length: number;
  readonly #servers: number;
  readonly #order: Uint16Array | undefined;
  /** Where the piece of each server ends. */
  readonly #ends: Int32Array | undefined;
  readonly #step: number;

  /** @param weights of at least one server, all above 0; they count in thousandths. */
  constructor(weights: readonly number[]) {
    const whole = reduced(weights);
    const sum = whole.reduce((all, each) => all + each, 0);
    const short = sum <= mostSteps && sum * whole.length <= mostWork;
    this.length = sum;
    this.#servers = whole.length;
    this.#order = sum > whole.length && short ? smooth(whole, sum) : undefined;
    this.#ends = sum > whole.length && !short ? endsOf(whole) : undefined;
    this.#step = this.#ends ? goldenStep(sum) : 1;
  }

  /** The index of the server whose turn the place is. @param place below `length`. */
  at(place: number): number {
    if (this.#order !== undefined) return this.#order[place]!;
    return this.#ends === undefined ? place : this.#pieceOf(place, this.#ends);
  }

  /** The place of the next turn. */
  after(place: number): number {
    const next = place + this.#step;
    return next < this.length ? next : next - this.length;
  }

  #pieceOf(place: number, ends: Int32Array): number {
    let low = 0;
    let high = this.#servers - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (place < ends[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** As the smallest whole numbers of the same ratios. */
function reduced(weights: readonly number[]): number[] {
  const sum = weights.reduce((all, each) => all + each, 0);
  const scale = Math.min(1000, mostSum / sum);
  const whole = weights.map((weight) => Math.max(1, Math.round(weight * scale)));
  const divisor = whole.reduce(commonDivisor);
  return whole.map((weight) => weight / divisor);
}

function commonDivisor(a: number, b: number): number {
  let [high, low] = [a, b];
  while (low > 0) [high, low] = [low, high % low];
  return high;
}

function smooth(weights: readonly number[], sum: number): Uint16Array {
  const order = new Uint16Array(sum);
  const gained = new Float64Array(weights.length);
  for (let step = 0; step < sum; step++) {
    let most = 0;
    for (let i = 0; i < weights.length; i++) {
      gained[i]! += weights[i]!;
      if (gained[i]! > gained[most]!) most = i;
    }
    gained[most]! -= sum;
    order[step] = most;
  }
  return order;
}

function endsOf(weights: readonly number[]): Int32Array {
  let end = 0;
  return Int32Array.from(weights, (weight) => (end += weight));
}

function goldenStep(sum: number): number {
  let step = Math.max(1, Math.round(sum * 0.618_033_988_75));
  while (commonDivisor(step, sum) !== 1) step--;
  return step;
}
