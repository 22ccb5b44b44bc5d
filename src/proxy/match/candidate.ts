import type { LinearRegex } from '../linear-regex.ts';
import type { RoutePlan } from '../plan.ts';
import { compileCondition, type RequestTest } from './condition.ts';
import type { RequestView } from './request-view.ts';
import type { SharedParts } from './shared-parts.ts';

/** A route, and what it asks of a request beside host and path. */
export interface Candidate {
  readonly route: RoutePlan;
  /** Undefined: nothing. */
  readonly test: RequestTest | undefined;
  /** Of a path that is a pattern. */
  readonly pattern: LinearRegex | undefined;
}

export function candidateOf(route: RoutePlan, parts: SharedParts): Candidate {
  const { path, when, ignoreCase } = route;
  return {
    route,
    test: when === undefined ? undefined : compileCondition(when, { parts, ignoreCase }),
    pattern: path.kind === 'regex' ? parts.regex(path.pattern, ignoreCase) : undefined,
  };
}

/** True where host and path alone say that it is the route. */
export function isPlain({ when, ignoreCase, path }: RoutePlan): boolean {
  return when === undefined && !ignoreCase && path.kind !== 'regex';
}

/** Routes with the same host and path: those with conditions in the order of the config, then the first without. */
export class Choices {
  readonly #asking: Candidate[] = [];
  #always: RoutePlan | undefined = undefined;

  add(candidate: Candidate): void {
    if (candidate.test === undefined) this.#always ??= candidate.route;
    else this.#asking.push(candidate);
  }

  pick(request: RequestView): RoutePlan | undefined {
    for (const { route, test } of this.#asking) if (test!(request)) return route;
    return this.#always;
  }
}
