import { isDeepStrictEqual } from 'node:util';

import type { ListeningSocket } from '../proxy/index.ts';
import { keepCertificates } from './certificates/keep-certificates.ts';
import type { LoadedConfig, LoadResult } from './config/load-result.ts';

/**
 * A config that was loaded, with what it may go on with of the one in force. Without a single listener that could be opened it
 * is refused: nothing would serve.
 * @param before in force; undefined: none is.
 */
export function usableConfig(result: LoadResult, before?: LoadedConfig): LoadResult {
  if (!result.ok) return result;
  const next = before === undefined ? result : keepCertificates(result, before);
  const nothing = next.plan.listeners.length === 0 && next.closed !== undefined;
  return nothing ? { ok: false, problems: next.warnings } : next;
}

/** A process that takes the place of another would leave closed what clients had. @param sockets of the other one. */
export function wouldClose({ closed = [] }: LoadedConfig, sockets: readonly ListeningSocket[]): boolean {
  return closed.some((listener) => sockets.some(({ address }) => isDeepStrictEqual(address, listener.address)));
}
