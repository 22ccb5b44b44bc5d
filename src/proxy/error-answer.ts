import { ProxyError } from '../core/errors.ts';
import { Headers } from '../core/headers.ts';
import type { Exchange, ProxyResponse } from './exchange.ts';
import { grpcFailure, grpcRefusal, isGrpcCall } from './grpc-answer.ts';
import { WholeBody } from './whole-body.ts';

/**
 * The one place where a failure becomes an answer. The client learns the reason code and the id under which the operator
 * finds the rest in the log; the message and whatever caused it stay inside.
 */
export function answerTo(exchange: Exchange, error: ProxyError): ProxyResponse {
  return isGrpcCall(exchange) ? grpcFailure(exchange, error) : answerFor(error, exchange.id, exchange.method);
}

/** What a feature answers, as this client understands it: who calls by gRPC knows nothing of HTTP's statuses. */
export function ownAnswerTo(exchange: Exchange, answer: ProxyResponse): ProxyResponse {
  if (answer.status < 400 || !isGrpcCall(exchange)) return answer;
  return grpcRefusal(
    exchange,
    answer,
    new ProxyError('client-abort', 'Cannot send a body: a gRPC call has none for it'),
  );
}

/** The failure in HTTP's own words. @internal */
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
