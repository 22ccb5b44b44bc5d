import type { ProxyError } from '../../../core/errors.ts';
import type { Timings } from '../../exchange.ts';
import { ClientExchange } from '../client-exchange.ts';
import type { ClientLink } from '../client-link.ts';
import { unreadableRequest } from './stream-request.ts';

/** Of an exchange whose head has just come. */
export function timingsOf(started: number, headRead: number): Timings {
  return { started, headRead, queuedMs: 0, connected: 0, firstByte: 0, ended: 0 };
}

/** Writes to the log what a client did wrong where there was no stream that could have said it. */
export function logWithoutStream(link: ClientLink, error: ProxyError, started: number): void {
  const { env } = link;
  const now = env.clock.now();
  const head = unreadableRequest([]);
  const timings = timingsOf(started, now);
  const parts = { protocol: 'HTTP/2.0', path: '', upgrade: undefined, body: undefined, timings } as const;
  const exchange = new ClientExchange(env.requestId(head.headers, link), link, head, parts);
  exchange.reason = error.code;
  exchange.status = 499;
  timings.ended = now;
  env.handler.finished(exchange);
}
