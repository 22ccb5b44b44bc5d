import { atOnce, type Piecework } from '../core/piecework.ts';
import type { Feature, FeatureEnv, Hooks } from './middleware/feature.ts';
import { featureOf } from './middleware/registry.ts';
import type { FeatureName } from './middleware/stages.ts';
import type { FeaturePlan, RoutePlan } from './plan.ts';

/** The features of one route, ready to run. */
export interface RouteHooks {
  /** In the order of the config. */
  readonly request: readonly Required<Pick<Hooks, 'request'>>[];
  /** In the reverse order. */
  readonly response: readonly Required<Pick<Hooks, 'response'>>[];
  /** Those that wait for an answer, and are told where there is none for them. */
  readonly over?: readonly Required<Pick<Hooks, 'over'>>[];
  /** Of the features, in the same orders. */
  readonly names: { readonly request: readonly FeatureName[]; readonly response: readonly FeatureName[] };
}

/**
 * The features that the routes of a plan use, made once for each name and config: routes with equal ones share them, and
 * the next plan takes them over.
 */
export class FeatureSet {
  readonly #made: ReadonlyMap<string, Hooks>;
  readonly #byRoute: ReadonlyMap<RoutePlan, UsedHooks>;

  /** @param parts made of these routes by `building`; default: made now. */
  constructor(
    routes: readonly RoutePlan[],
    before: FeatureSet | undefined,
    env: FeatureEnv,
    parts: FeatureParts = atOnce(partsOf(routes, before, env)),
  ) {
    this.#made = parts.made;
    this.#byRoute = parts.byRoute;
  }

  /** The same in pieces. Where a feature cannot be made, it throws, and those that it has made are closed. */
  static *building(
    routes: readonly RoutePlan[],
    before: FeatureSet | undefined,
    env: FeatureEnv,
  ): Piecework<FeatureSet> {
    return new FeatureSet(routes, before, env, yield* partsOf(routes, before, env));
  }

  /** What a route uses that is the same object as in the plan before. */
  known(route: RoutePlan): UsedHooks | undefined {
    return this.#byRoute.get(route);
  }

  made(key: string): Hooks | undefined {
    return this.#made.get(key);
  }

  /** Undefined: the route does nothing on the way. */
  of(route: RoutePlan): RouteHooks | undefined {
    return this.#byRoute.get(route)?.hooks;
  }

  /** Ends what `next` has not taken over. */
  retire(next: FeatureSet): void {
    const kept = new Set(next.#made.values());
    for (const hooks of this.#made.values()) if (!kept.has(hooks)) hooks.close?.();
  }

  close(): void {
    for (const hooks of this.#made.values()) hooks.close?.();
  }
}

/** The hooks of a route, with the keys of the features that they are of. */
interface UsedHooks {
  readonly hooks: RouteHooks;
  readonly keys: readonly string[];
}

interface FeatureParts {
  readonly made: ReadonlyMap<string, Hooks>;
  /** Of the routes that have any. */
  readonly byRoute: ReadonlyMap<RoutePlan, UsedHooks>;
}

function* partsOf(
  routes: readonly RoutePlan[],
  before: FeatureSet | undefined,
  env: FeatureEnv,
): Piecework<FeatureParts> {
  const made = new Map<string, Hooks>();
  const byRoute = new Map<RoutePlan, UsedHooks>();
  try {
    for (const route of routes) {
      if (!needsHooks(route)) continue;
      const used = before?.known(route);
      const keys = used?.keys ?? route.middleware.map(keyOf);
      makeAll(route, keys, (key, plan) => {
        if (!made.has(key)) made.set(key, before?.made(key) ?? create(plan, env));
      });
      byRoute.set(route, used ?? { hooks: hooksOf(route, keys, made), keys });
      yield;
    }
  } catch (error) {
    for (const [key, hooks] of made) if (before?.made(key) !== hooks) hooks.close?.();
    throw error;
  }
  return { made, byRoute };
}

function makeAll(route: RoutePlan, keys: readonly string[], make: (key: string, plan: FeaturePlan) => void): void {
  for (const [i, plan] of route.middleware.entries()) make(keys[i]!, plan);
}

/** Plans are plain data with keys in one order, so equal text is an equal plan. */
export function keyOf(plan: FeaturePlan): string {
  return JSON.stringify([plan.name, plan.config]);
}

function create(plan: FeaturePlan, env: FeatureEnv): Hooks {
  const feature: Feature<unknown> = featureOf(plan.name);
  return feature.create(plan.config, env);
}

function needsHooks({ middleware, transport }: RoutePlan): boolean {
  return (
    middleware.length > 0 ||
    transport.https !== 'allow' ||
    transport.hsts !== undefined ||
    transport.clientCertificate !== 'ignore'
  );
}

function hooksOf(route: RoutePlan, keys: readonly string[], made: ReadonlyMap<string, Hooks>): RouteHooks {
  const all = route.middleware.map(({ name }, i) => ({ name, hooks: made.get(keys[i]!)! }));
  const names = (has: (hooks: Hooks) => boolean): FeatureName[] =>
    all.filter(({ hooks }) => has(hooks)).map(({ name }) => name);
  const each = all.map(({ hooks }) => hooks);
  return {
    request: each.filter(hasRequest),
    response: each.filter(hasResponse).toReversed(),
    over: each.filter(hasOver),
    names: { request: names(hasRequest), response: names(hasResponse).toReversed() },
  };
}

function hasRequest(hooks: Hooks): hooks is Hooks & Required<Pick<Hooks, 'request'>> {
  return hooks.request !== undefined;
}

function hasResponse(hooks: Hooks): hooks is Hooks & Required<Pick<Hooks, 'response'>> {
  return hooks.response !== undefined;
}

function hasOver(hooks: Hooks): hooks is Hooks & Required<Pick<Hooks, 'over'>> {
  return hooks.over !== undefined;
}
