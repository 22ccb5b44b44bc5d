import { ProxyError } from '../../core/errors.ts';
import type { ClientTimeouts } from '../plan.ts';
import type { ProgressWatch, WatchedBody } from '../progress-watch.ts';

/** Looks at a request's body once in `bodyIdleMs`. @returns why it is given up; undefined: it comes fast enough. */
export function lateBody(
  progress: ProgressWatch,
  body: WatchedBody,
  { bodyIdleMs, bodyMinRate }: ClientTimeouts,
): ProxyError | undefined {
  const came = progress.look(body);
  if (came === undefined || (came > 0 && came * 1000 >= bodyMinRate * bodyIdleMs)) return undefined;
  return new ProxyError('body-timeout', `Cannot read the request body: ${came} bytes came in ${bodyIdleMs} ms`);
}
