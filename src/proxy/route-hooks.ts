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
  /** Of the features, in the same orders. */
  readonly names: { readonly request: readonly FeatureName[]; readonly response: readonly FeatureName[] };
}

/**
 * The features that the routes of a plan use, made once for each name and config: routes with equal ones share them, and
 * the next plan takes them over.
 */
export class FeatureSet {
  readonly #made: ReadonlyMap<string, Hooks>;
  readonly #byRoute: ReadonlyMap<RoutePlan, RouteHooks>;

  constructor(routes: readonly RoutePlan[], before: FeatureSet | undefined, env: FeatureEnv) {
    const made = new Map<string, Hooks>();
    for (const plan of routes.flatMap((route) => route.middleware)) {
      const key = keyOf(plan);
      if (!made.has(key)) made.set(key, before?.made(key) ?? create(plan, env));
    }
    this.#made = made;
    this.#byRoute = new Map(routes.filter(needsHooks).map((route) => [route, hooksOf(route, made)]));
  }

  made(key: string): Hooks | undefined {
    return this.#made.get(key);
  }

  /** Undefined: the route does nothing on the way. */
  of(route: RoutePlan): RouteHooks | undefined {
    return this.#byRoute.get(route);
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

/** Plans are plain data with keys in one order, so equal text is an equal plan. */
function keyOf(plan: FeaturePlan): string {
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

function hooksOf(route: RoutePlan, made: ReadonlyMap<string, Hooks>): RouteHooks {
  const all = route.middleware.map((plan) => ({ name: plan.name, hooks: made.get(keyOf(plan))! }));
  const names = (has: (hooks: Hooks) => boolean): FeatureName[] =>
    all.filter(({ hooks }) => has(hooks)).map(({ name }) => name);
  const each = all.map(({ hooks }) => hooks);
  return {
    request: each.filter(hasRequest),
    response: each.filter(hasResponse).toReversed(),
    names: { request: names(hasRequest), response: names(hasResponse).toReversed() },
  };
}

function hasRequest(hooks: Hooks): hooks is Hooks & Required<Pick<Hooks, 'request'>> {
  return hooks.request !== undefined;
}

function hasResponse(hooks: Hooks): hooks is Hooks & Required<Pick<Hooks, 'response'>> {
  return hooks.response !== undefined;
}
