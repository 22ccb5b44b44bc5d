import type { Clock } from '../core/clock.ts';

/** The Date of answers (RFC 9110 section 6.6.1), made anew once a second. */
export class HttpDate {
  readonly #clock: Clock;
  #second = -1;
  #value = '';
  #line = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `Date: Sun, 06 Nov 1994 08:49:37 GMT` with its CRLF. */
  line(): string {
    this.#look();
    return this.#line;
  }

  /** The same without the name. */
  value(): string {
    this.#look();
    return this.#value;
  }

  #look(): void {
    const second = Math.floor(this.#clock.date() / 1000);
    if (second === this.#second) return;
    this.#second = second;
    this.#value = new Date(second * 1000).toUTCString();
    this.#line = `Date: ${this.#value}\r\n`;
  }
}
