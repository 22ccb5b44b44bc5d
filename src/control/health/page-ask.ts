import type { Clock } from '../../core/clock.ts';
import type { OtherPlace } from '../../proxy/index.ts';
import type { Begin } from './check-result.ts';
import { httpAsk, type HttpAnswer } from './http-ask.ts';
import { http2Ask, http2QuestionOf } from './http2-ask.ts';
import { questionOf, Targets, type Page, type Subject, type TargetEnv } from './targets.ts';

export interface PageParts {
  readonly place: OtherPlace;
  readonly secure: boolean;
  readonly page: Page;
}

/** Asks a server for a page, in the protocol that it speaks. */
export function pageAsk(
  env: TargetEnv & { readonly clock: Clock },
  subject: Subject,
  { place, secure, page }: PageParts,
): Begin<HttpAnswer> {
  const { timeoutMs } = page;
  const now = (): number => env.clock.now();
  if (byHttp2(subject, place)) {
    const targets = new Targets(env, subject, { place, secure, timeoutMs, protocol: 'h2' });
    const question = http2QuestionOf(subject, page);
    return (done) => http2Ask(targets.next(now()), question, done);
  }
  const targets = new Targets(env, subject, { place, secure, timeoutMs });
  const question = questionOf(subject, page);
  return (done) => httpAsk(targets.next(now()), question, done);
}

/**
 * Only where requests go by HTTP/2 alone. Another place may be there for checks alone: what is made for that speaks HTTP/1.
 */
function byHttp2({ pool }: Subject, { address, port }: OtherPlace): boolean {
  return pool.protocol?.version === 'http2' && address === undefined && port === undefined;
}
