import type { ProxyError } from '../core/errors.ts';
import { Headers } from '../core/headers.ts';
import type { ProxyResponse } from './exchange.ts';
import { WholeBody } from './whole-body.ts';

/**
 * The one place where a failure becomes an answer. The client learns the reason code and the id under which the operator
 * finds the rest in the log; the message and whatever caused it stay inside.
 */
export function answerFor(error: ProxyError, id: string, method: string): ProxyResponse {
  const body = new WholeBody(`${JSON.stringify({ error: error.code, id })}\n`);
  const headers = new Headers();
  headers.add('Content-Type', 'application/json');
  headers.add('Cache-Control', 'no-store');
  if (error.code === 'connect-refused') headers.add('Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  if (error.code === 'method-not-allowed') headers.add('Allow', 'GET, HEAD');
  if (error.status === 503) headers.add('Retry-After', String(error.retryAfterS));
  const head = method === 'HEAD';
  return {
    status: error.status,
    reason: '',
    headers,
    body: head ? undefined : body,
    announcedLength: head ? String(body.length) : undefined,
  };
}
