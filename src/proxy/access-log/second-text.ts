import { flat } from './escape.ts';

/** The text of a second, worked out once for all lines of that second. */
export class SecondText {
  readonly #write: (date: Date) => string;
  #second = Number.NaN;
  #text = '';

  constructor(write: (date: Date) => string) {
    this.#write = write;
  }

  /** `date`: ms since 1970. */
  at(date: number): string {
    const second = Math.floor(date / 1000);
    if (second !== this.#second) {
      this.#text = flat(this.#write(new Date(second * 1000)));
      this.#second = second;
    }
    return this.#text;
  }
}

/** `7` -> `07` */
export function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}
