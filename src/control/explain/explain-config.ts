import { systemClock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { createDataPlane, type Explanation, type Plan } from '../../proxy/index.ts';
import type { ConfigPlaces } from '../config/config-places.ts';
import { listenerFor, readRequestUrl } from './request-url.ts';

/** A question: what would become of this request? */
export interface Question {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The peer's address; default: an address of documentation, which nobody has. */
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

/** @throws Error in words, where the URL or the listener make no sense. */
function requestOf(question: Question, plan: Plan): Parameters<ReturnType<typeof createDataPlane>['explain']>[0] {
  const url = readRequestUrl(question.url);
  const { name } = listenerFor(plan, url, question.listener);
  const { method, headers, from = nobody } = question;
  return { method, target: url.target, authority: url.authority, headers, from, listener: name };
}

/** Answers by a config that need not run: nothing is opened, asked or counted. Names of servers are not resolved. @throws Error in words. */
export async function explainByConfig(question: Question, plan: Plan, places?: ConfigPlaces): Promise<Explained> {
  const plane = createDataPlane({ clock: systemClock, log: quiet });
  const explanation = await plane.explain(requestOf(question, plan), plan);
  return { ...explanation, method: question.method, url: question.url, places };
}
