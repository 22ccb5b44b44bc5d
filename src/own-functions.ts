import type { ConfigInput } from './config-input.ts';
import type { Middleware } from './proxy/index.ts';

type RouteInput = ConfigInput['routes'][number];

/** A route of a config that a program gives: its middleware may be functions. */
export type RouteWithFunctions = Omit<RouteInput, 'middleware'> & {
  /** What is done on the way, in this order: features, and with `threads: 0` functions of the program. */
  readonly middleware?: readonly (NonNullable<RouteInput['middleware']>[number] | Middleware)[] | undefined;
};

/** A config that a program gives. */
export type ConfigWithFunctions = Omit<ConfigInput, 'routes'> & { readonly routes: readonly RouteWithFunctions[] };

/**
 * The functions that a program gives as middleware. A config is plain data, so each is replaced by an id; the same function has the
 * same one, by which a reload knows that nothing has changed.
 */
export class OwnFunctions {
  readonly #ids = new WeakMap<Middleware, string>();
  #count = 0;
  /** Of the configs that may be in force. */
  readonly byId: Map<string, Middleware> = new Map();

  /** The config with ids in place of functions, whatever else is in it, and what they are called. */
  takeOut(config: unknown): { readonly config: unknown; readonly names: ReadonlyMap<string, string> } {
    const names = new Map<string, string>();
    const routes: unknown = isObject(config) ? config['routes'] : undefined;
    if (!isObject(config) || !Array.isArray(routes)) return { config, names };
    return { config: { ...config, routes: routes.map((route: unknown) => this.#route(route, names)) }, names };
  }

  /** Forgets all but these. */
  keep(names: ReadonlyMap<string, string>): void {
    for (const id of this.byId.keys()) if (!names.has(id)) this.byId.delete(id);
  }

  #route(route: unknown, names: Map<string, string>): unknown {
    if (!isObject(route) || !Array.isArray(route['middleware'])) return route;
    const middleware = route['middleware'].map((each: unknown) => {
      if (!isFunction(each)) return each;
      const id = this.#idOf(each);
      names.set(id, each.name === '' ? 'a function without a name' : `the function ${each.name}`);
      return { module: id };
    });
    return { ...route, middleware };
  }

  #idOf(middleware: Middleware): string {
    let id = this.#ids.get(middleware);
    if (id === undefined) {
      id = `function:${++this.#count}`;
      this.#ids.set(middleware, id);
    }
    this.byId.set(id, middleware);
    return id;
  }
}

/** Only type-checked programs say what it is; any other may be run all the same. */
function isFunction(given: unknown): given is Middleware {
  return typeof given === 'function';
}

function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}
