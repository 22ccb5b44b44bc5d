import type { BodySource } from '../../core/body.ts';
import type { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import type { ProxyResponse } from '../exchange.ts';

/** The head of a server's final answer, whatever protocol it came by. */
export interface AnswerHead {
  readonly status: number;
  /** Empty: the standard one. */
  readonly reason: string;
  /** End-to-end fields only. */
  readonly headers: Headers;
  /** As it was written: of the body, or for HEAD and 304 of the one that GET would have brought. */
  readonly contentLength: string | undefined;
  /** Token of a 101. */
  readonly upgrade: string | undefined;
}

/** The head of a server's final answer, with its body. */
export interface ServerAnswer {
  readonly head: AnswerHead;
  readonly body: BodySource | undefined;
}

/** How an attempt can end. */
export type AttemptEnd = ProxyError | ServerAnswer;

export function isAnswer(end: AttemptEnd | undefined): end is ServerAnswer {
  return end !== undefined && 'head' in end;
}

export function responseOf(head: AnswerHead, body: BodySource | undefined): ProxyResponse {
  return {
    status: head.status,
    reason: head.reason,
    headers: head.headers,
    body,
    announcedLength: head.contentLength,
    upgrade: head.upgrade,
  };
}
