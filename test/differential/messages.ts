import type { RequestCase } from '../corpus/cases.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';

/** One message of a run. */
export interface TestMessage {
  /** Which one of the run: it is made anew from the seed and this alone, as long as the corpus is the same. */
  readonly number: number;
  readonly bytes: Buffer;
  /** Where it is cut into two packets; 0: it is not. */
  readonly cut: number;
  /** The case that it is, or was made from. */
  readonly from: string;
}

/** Cases with more bytes are sent as they are, and not mutated. */
const mutableBytes = 20_000;
/** And with more than this not sent at all: what they are about is their size. */
const longest = 200_000;

/** The messages of a run: each case of the corpus as it is, then mutations of them without end. */
export class Messages {
  readonly #cases: readonly RequestCase[];
  readonly #texts: readonly { readonly name: string; readonly text: string }[];
  readonly #seed: number;

  constructor(cases: readonly RequestCase[], seed: number) {
    this.#cases = cases.filter(({ send }) => send.length <= longest);
    this.#seed = seed;
    // What passes is mutated twice as often: what it turns into passes more often.
    const short = this.#cases.filter(({ send }) => send.length <= mutableBytes);
    const weighted = short.flatMap((one) => (one.passed.length > 0 ? [one, one] : [one]));
    this.#texts = weighted.map(({ name, send }) => ({ name, text: send.toString('latin1') }));
  }

  /** So many cases come first. */
  get caseCount(): number {
    return this.#cases.length;
  }

  message(number: number): TestMessage {
    const random = Random.of(this.#seed, number);
    const known = this.#cases[number];
    if (known !== undefined) return { number, bytes: known.send, cut: 0, from: known.name };
    const { name, text } = random.pick(this.#texts);
    const bytes = Buffer.from(mutate(text, random, random.pick(this.#texts).text), 'latin1');
    return { number, bytes, cut: random.below(4) === 0 ? random.below(bytes.length) : 0, from: name };
  }
}
