import type { Clock } from '../core/clock.ts';

/** The `Date` line of answers (RFC 9110 section 6.6.1), made anew once a second. */
export class HttpDate {
  readonly #clock: Clock;
  #second = -1;
  #line = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `Date: Sun, 06 Nov 1994 08:49:37 GMT` with its CRLF. */
  line(): string {
    const second = Math.floor(this.#clock.date() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#line = `Date: ${new Date(second * 1000).toUTCString()}\r\n`;
    }
    return this.#line;
  }
}
