import type { Exchange } from '../exchange.ts';
import type { Masker } from './mask.ts';

/**
 * The line of a finished exchange: a string of bytes (latin1) with one newline, at its end, and no other control character.
 * `date`: when the exchange began, in ms since 1970. A format keeps the text of the last second, so each log has its own.
 */
export type LineFormat = (exchange: Exchange, date: number, mask: Masker) => string;

/** The status to be logged: 499, as nginx has it, where the client got none. */
export function statusOf(exchange: Exchange): number {
  return exchange.status === 0 ? 499 : exchange.status;
}
