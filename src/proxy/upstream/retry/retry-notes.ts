import type { Exchange } from '../../exchange.ts';
import { retryReasons, type RetryNotes, type RetryReason, type RetryStop } from '../../retry-plan.ts';

/** For log and metrics: one more attempt, at this server. */
export function noteRetry(exchange: Exchange, reason: RetryReason, server: string): void {
  exchange.retries++;
  notesOf(exchange).counts[retryReasons.indexOf(reason)]! += 1;
  exchange.trace?.add('server', `tried again: ${reason}`, server);
}

/** For log and metrics: no more attempts. */
export function noteStop(exchange: Exchange, stop: RetryStop): void {
  notesOf(exchange).stopped = stop;
  exchange.trace?.add('server', `not tried again: ${stop}`, exchange.server);
}

function notesOf(exchange: Exchange): RetryNotes {
  return (exchange.retried ??= { counts: retryReasons.map(() => 0), stopped: undefined });
}
