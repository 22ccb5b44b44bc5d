import type { ProxyError } from '../../core/errors.ts';
import type { ResponseHead } from '../../wire/http1/response-head.ts';
import type { DecodedBody } from '../decoded-body.ts';
import type { ProxyResponse } from '../exchange.ts';

/** The head of a server's final answer, with its body. */
export interface ServerAnswer {
  readonly head: ResponseHead;
  readonly body: DecodedBody | undefined;
}

/** How an attempt can end. */
export type AttemptEnd = ProxyError | ServerAnswer;

export function isAnswer(end: AttemptEnd | undefined): end is ServerAnswer {
  return end !== undefined && 'head' in end;
}

export function responseOf(head: ResponseHead, body: DecodedBody | undefined): ProxyResponse {
  return {
    status: head.status,
    reason: head.reason,
    headers: head.headers,
    body,
    announcedLength: head.contentLength,
    upgrade: head.upgrade,
  };
}
