import type { Headers } from '../../../core/headers.ts';
import type { Bond, Exchange } from '../../exchange.ts';

/** By what clients stay with their servers. */
export interface StickyWay {
  /** In words, for traces: `the cookie srv`. */
  readonly what: string;
  /**
   * What the client is bound to. It goes on with the bond that the exchange has already.
   *
   * @param outgoing what servers get: a cookie that is none of theirs is taken out.
   */
  bondOf(exchange: Exchange, outgoing: Headers): Bond | undefined;
}
