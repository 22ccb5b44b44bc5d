import type { Plan } from '../../proxy/index.ts';
import type { Source } from './source.ts';

/** Where the parts of a config stand, as `file:line`, by their names in the plan. */
export interface ConfigPlaces {
  readonly listeners: Readonly<Record<string, string>>;
  readonly routes: Readonly<Record<string, string>>;
  /** Of pools that have a name in the config; those that stand for a URL are where their route is. */
  readonly pools: Readonly<Record<string, string>>;
}

/** The places of what the plan has. Costs time with many routes: only for those who show them. */
export function placesOf(plan: Plan, pools: readonly string[], source: Source): ConfigPlaces {
  const place = (...path: readonly (string | number)[]): string => {
    const { file, line } = source.locate(path, 'key');
    return line > 0 ? `${file}:${line}` : file;
  };
  return {
    listeners: Object.fromEntries(plan.listeners.map(({ name }) => [name, place('listeners', name)])),
    routes: Object.fromEntries(plan.routes.map(({ name }, i) => [name, place('routes', i)])),
    pools: Object.fromEntries(pools.map((name) => [name, place('pools', name)])),
  };
}
