import { randomBytes } from 'node:crypto';
import { Field } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';
import { isVisible } from './field-values.ts';

/** The longest id of others that is kept: it goes into every log line and to the server. */
const maxLength = 128;

/** Names exchanges, unlike those of any other thread, process or machine: 16 random hex digits, then a number that counts up. */
export class RequestIds {
  readonly #prefix = randomBytes(8).toString('hex');
  #count = 0;

  next(): string {
    this.#count++;
    return this.#prefix + this.#count.toString(36);
  }
}

/**
 * The exchange's id: a trusted peer's X-Request-Id, if it is one value of 1 to 128 visible ASCII characters; else a new one.
 *
 * @param next makes one; not called where it is not needed.
 */
export function requestIdFor(headers: Headers, trusted: boolean, next: () => string): string {
  if (!trusted) return next();
  const at = headers.ids.indexOf(Field.XRequestId);
  if (at < 0 || headers.ids.includes(Field.XRequestId, at + 1)) return next();
  const given = headers.values[at]!;
  return isVisible(given, maxLength) ? given : next();
}
