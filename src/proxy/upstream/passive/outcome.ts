import type { ProxyError } from '../../../core/errors.ts';

/**
 * What became of an attempt with a server. `failed`: it answered that it cannot; `gateway`: that one behind it cannot;
 * `unanswered`: there was no answer that could be understood.
 */
export type Outcome = 'good' | 'failed' | 'gateway' | 'unanswered';

/**
 * 5xx say that the server has failed, but for two that only say what it does not do (RFC 9110 section 15.6: 501, 505). These are
 * the statuses that HAProxy's `observe layer7` takes amiss.
 */
export function outcomeOfStatus(status: number): Outcome {
  if (status < 500 || status === 501 || status === 505) return 'good';
  return status >= 502 && status <= 504 ? 'gateway' : 'failed';
}

/** Undefined: the server is not to blame. A name without an address says nothing of what is behind it. */
export function outcomeOfError({ side, code }: Pick<ProxyError, 'side' | 'code'>): Outcome | undefined {
  return side === 'server' && code !== 'dns-failure' ? 'unanswered' : undefined;
}

/**
 * Whether an attempt counts as one that failed. Not where a client's body broke off by its limit; nor where the server may have
 * no more connections, or we can have no more.
 */
export function countsAsFailed({ side, code }: Pick<ProxyError, 'side' | 'code'>): boolean {
  return side !== 'client' && code !== 'server-full' && code !== 'overloaded';
}
