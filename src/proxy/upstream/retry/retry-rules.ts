import type { ProxyError } from '../../../core/errors.ts';
import type { RetryPlan, RetryReason, RetryStop } from '../../retry-plan.ts';
import type { Carrier } from '../connection-user.ts';
import type { OutgoingRequest } from '../outgoing-request.ts';
import type { SentBody } from './sent-body.ts';

/** RFC 9110 section 9.2.2: sent twice, they do what they do once. */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** @internal */
export function isIdempotent(method: string): boolean {
  return idempotent.has(method);
}

/** What a failure counts as; undefined: no other attempt would do better. @param heard the server has said something. */
export function retryReason({ code, retry }: ProxyError, heard: boolean): RetryReason | undefined {
  if (retry === 'always') return 'conn-failure';
  switch (code) {
    case 'server-reset':
    case 'server-closed':
    case 'server-cut':
      return heard ? 'junk-response' : 'empty-response';
    case 'server-junk':
      return 'junk-response';
    case 'server-timeout':
    case 'server-write-timeout':
      return 'response-timeout';
    default:
      return undefined;
  }
}

/** It may be sent once more whatever the config says: the server has not looked at it, or has closed as it came. */
export function needsNoLeave(carrier: Carrier, { code, retry }: ProxyError, method: string): boolean {
  if (code === 'server-refused-stream') return true;
  return retry === 'reused' && carrier.reused && !carrier.heard && isIdempotent(method);
}

/** No pause would mend it: the name of the server has no address, or it shows a certificate that is not believed. */
export function lasts({ code }: ProxyError): boolean {
  return code === 'dns-failure' || code === 'server-tls-failed';
}

/** The request as far as it has left. */
export interface SentRequest {
  readonly method: string;
  readonly request: OutgoingRequest;
  /** Undefined: none, or nothing of it has left. */
  readonly body: SentBody | undefined;
}

/** Another attempt could follow for which the body has to be kept. */
export function keepsBodies(plan: RetryPlan, method: string): boolean {
  return plan.attempts > 0 && maySendTwice(plan, method);
}

function maySendTwice({ nonIdempotent }: RetryPlan, method: string): boolean {
  return nonIdempotent || isIdempotent(method);
}

/** What of the request stands against another attempt. `never`: nothing that anybody would want to know. */
export function forbids(reason: RetryReason, plan: RetryPlan, sent: SentRequest): 'never' | RetryStop | undefined {
  if (reason !== 'status' && !plan.on.includes(reason)) return 'never';
  if (reason !== 'conn-failure') {
    const { upgrade, expectContinue, body } = sent.request;
    if (upgrade !== undefined || (expectContinue && body !== undefined)) return 'never';
    if (!maySendTwice(plan, sent.method)) return 'method';
  }
  if (sent.body?.lost !== true) return undefined;
  return sent.body.outOfMemory ? 'memory' : 'body';
}

export function hasStatus({ statuses }: RetryPlan, status: number): boolean {
  for (const [from, to] of statuses) if (status >= from && status <= to) return true;
  return false;
}

/** A sentence for whoever asks what would happen. */
export function retryWords(plan: RetryPlan): string {
  const statuses = plan.statuses.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  const reasons = [...plan.on, ...statuses];
  if (reasons.length === 0) return 'it would not be tried again';
  const what = plan.nonIdempotent ? 'any method' : 'idempotent methods';
  return `it would be tried again up to ${plan.attempts} times (${what}) after ${reasons.join(', ')}`;
}
