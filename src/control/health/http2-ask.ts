import { FieldKind, judgeName } from '../../wire/http2/field-kinds.ts';
import { mostBodyBytes, type HttpAnswer } from './http-ask.ts';
import { http2Call, type Http2Question } from './http2-call.ts';
import type { Target } from './reach.ts';
import { pageFields, type Page, type Subject } from './targets.ts';

/** Beside the body that is read: frames of what is still on its way, heads, all that is said of the connection. */
const mostOtherBytes = 1_048_576;

/** Like `httpAsk`, of a server that speaks HTTP/2. */
export function http2Ask(target: Target, question: Http2Question, done: (answer: HttpAnswer) => void): () => void {
  return http2Call(target, question, (answer) => {
    if (answer.why !== undefined) return done(answer);
    const { status, headers, body } = answer;
    done({ status, headers, body: body.toString() });
  });
}

/** The same request as that of `questionOf`, by HTTP/2. */
export function http2QuestionOf(subject: Subject, page: Page): Http2Question {
  const { method, path, timeoutMs, readsBody } = page;
  const fields: Record<string, string | string[]> = { ':method': method, ':path': path };
  for (const [given, value] of pageFields(subject, page)) {
    const { kind, name } = judgeName(given.toLowerCase());
    if (kind === FieldKind.Host) fields[':authority'] = value;
    // What belongs to a connection of HTTP/1 has no place here, and would make the request malformed.
    else if (kind < FieldKind.Host || kind === FieldKind.ContentLength) fields[name] = joined(fields[name], value);
  }
  return {
    fields,
    mostBody: readsBody ? mostBodyBytes : 0,
    mostBytes: mostBodyBytes + mostOtherBytes,
    mostFields: subject.pool.limits.fields,
    timeoutMs,
  };
}

function joined(before: string | string[] | undefined, value: string): string | string[] {
  return before === undefined ? value : [before, value].flat();
}
