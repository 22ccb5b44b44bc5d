import { systemClock } from '../../core/clock.ts';
import { isAddress, normaliseAddress } from '../../core/ip.ts';
import type { Logger } from '../../core/log.ts';
import { createDataPlane, type Explanation, type Plan, type RequestToExplain } from '../../proxy/index.ts';
import type { ConfigPlaces } from '../config/config-places.ts';
import { listenerFor, readRequestUrl } from './request-url.ts';

/** A question: what would become of this request? */
export interface Question {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The peer's address, or `unix`; default: an address of documentation, which nobody has. */
  readonly from?: string | undefined;
  /** Default: the one that the URL leads to. */
  readonly listener?: string | undefined;
}

/** The answer, with where in the config its parts stand. */
export interface Explained extends Explanation {
  readonly method: string;
  readonly url: string;
  readonly places: ConfigPlaces | undefined;
}

/** RFC 5737: not an address of anybody. */
const nobody = '192.0.2.1';

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** The question as the data plane takes it. @throws Error in words, where the URL, the listener or another part make no sense. */
export function requestOf(question: Question, plan: Plan): RequestToExplain {
  const { method, headers, from = nobody } = question;
  // A line break would make two fields of one.
  for (const text of [method, ...headers.flat()]) {
    if (/[\r\n]/.test(text)) throw new Error('Cannot explain a request with a line break in its method or in a field');
  }
  if (!isAddress(from) && from !== 'unix')
    throw new Error(`Cannot read the address ${JSON.stringify(from)}: write for example 10.1.2.3`);
  const url = readRequestUrl(question.url);
  const { name } = listenerFor(plan, url, question.listener);
  const { target, authority } = url;
  return { method, target, authority, headers, from: normaliseAddress(from), listener: name };
}

/** Answers by a config that need not run: nothing is opened, asked or counted. Names of servers are not resolved. @throws Error in words. */
export async function explainByConfig(question: Question, plan: Plan, places?: ConfigPlaces): Promise<Explained> {
  const plane = createDataPlane({ clock: systemClock, log: quiet });
  const explanation = await plane.explain(requestOf(question, plan), plan);
  return { ...explanation, method: question.method, url: question.url, places };
}
