import { flat } from './escape.ts';

const mostTexts = 1000;

interface Known {
  readonly second: string;
  readonly third: string;
  readonly text: string;
}

/** Text made of three values that are the same in many lines, kept by the first of them. */
export class RepeatedText {
  readonly #write: (first: string, second: string, third: string) => string;
  readonly #known = new Map<string, Known>();

  constructor(write: (first: string, second: string, third: string) => string) {
    this.#write = write;
  }

  of(first: string, second: string, third: string): string {
    const known = this.#known.get(first);
    if (known !== undefined && known.second === second && known.third === third) return known.text;
    if (this.#known.size >= mostTexts) this.#known.clear();
    const text = flat(this.#write(first, second, third));
    this.#known.set(first, { second, third, text });
    return text;
  }
}
