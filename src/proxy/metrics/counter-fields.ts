import { errorCodes } from '../../core/errors.ts';
import type { Plan } from '../plan.ts';

/** Upper bounds of the histograms of times, in seconds; what took longer is in one more bucket. */
export const timeBounds: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** Where the fields of a row of traffic begin: one row a route, one a server. */
export const trafficFields: Readonly<
  Record<'classes' | 'bytesIn' | 'bytesOut' | 'timeMs' | 'buckets' | 'size', number>
> = {
  /** Six: exchanges that ended without an answer, then those with 1xx to 5xx. */
  classes: 0,
  bytesIn: 6,
  bytesOut: 7,
  /** Sum of the times, in ms: the whole exchange for a route, until the answer's head for a server. */
  timeMs: 8,
  /** Exchanges by time: one field a bound, and one for those over the last. */
  buckets: 9,
  size: 10 + timeBounds.length,
};

/** Where the fields of the one row begin that counts for the whole process. */
export const processFields: Readonly<Record<'reasons' | 'size', number>> = {
  /** One a reason code, in the order of `errorCodes`. */
  reasons: 0,
  size: errorCodes.length,
};

/** How many routes and servers get rows of their own; all others together have one. Memory and answers stay bounded by it. */
const mostRows = 5000;

/** The row of the routes, or servers, that are too many to have one each. */
export const otherRow = '_other';

/** The row of a route. */
export function routeRow(route: string): string {
  return `route ${route}`;
}

/** The row of a server. */
export function serverRow(pool: string, server: string): string {
  return `server ${pool} ${server}`;
}

/** What the rows of a plan count: equal on both sides of the memory, because both make it from the plan. */
export interface CountedRows {
  readonly routes: readonly string[];
  readonly servers: readonly { readonly pool: string; readonly server: string }[];
  /** All rows, in the order of the memory. */
  readonly names: readonly string[];
}

/** Which routes and servers of a plan are counted by themselves. */
export function countedRows(plan: Plan): CountedRows {
  const routes = plan.routes.slice(0, mostRows).map(({ name }) => name);
  const all = plan.pools.flatMap((pool) => pool.servers.map((server) => ({ pool: pool.name, server: server.name })));
  const servers = all.slice(0, mostRows);
  const names = [
    routeRow(otherRow),
    serverRow(otherRow, otherRow),
    ...routes.map((route) => routeRow(route)),
    ...servers.map(({ pool, server }) => serverRow(pool, server)),
  ];
  return { routes, servers, names: [...new Set(names)] };
}
