import type { Exchange } from './exchange.ts';

/** Chooses the server of an exchange. It judges neither health nor fullness nor retries: `upstream/` does, and says what is usable. */
export interface Picker<S> {
  /**
   * @param usable the pool's servers that may be used now, never empty. It may differ from call to call.
   * @param tried those that this exchange has failed on: avoided while there is another; undefined: none.
   * Where `exchange.dry` holds, nothing is changed: the answer is what the next real pick would be.
   */
  pick(exchange: Exchange, usable: readonly S[], tried: ReadonlySet<S> | undefined): S;
}
