import { errorCodes } from '../../core/errors.ts';
import { atOnce, type Piecework } from '../../core/piecework.ts';
import type { PlanParts } from '../plan.ts';
import { retryReasons } from '../retry-plan.ts';

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

/** Where the fields of a row of retries begin: one row a pool. It has the size of a row of traffic, of which it needs a part. */
export const retryFields: Readonly<Record<'reasons' | 'stops', number>> = {
  /** One a reason, in the order of `retryReasons`. */
  reasons: 0,
  /** One a cause, in the order of `retryStops`. */
  stops: retryReasons.length,
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

/** The row of the retries of a pool. */
export function retryRow(pool: string): string {
  return `retries ${pool}`;
}

/** The row of the exchanges of a pool that had to wait for a server. Its times are how long they waited. */
export function waitRow(pool: string): string {
  return `waits ${pool}`;
}

/** What the rows of a plan count: equal on both sides of the memory, because both make it from the plan. */
export interface CountedRows {
  readonly routes: readonly string[];
  readonly servers: readonly { readonly pool: string; readonly server: string }[];
  readonly pools: readonly string[];
  /** All rows, in the order of the memory. */
  readonly names: readonly string[];
}

/** Which routes and servers of a plan are counted by themselves. */
export function countedRows(plan: PlanParts): CountedRows {
  return atOnce(countingRows(plan));
}

/** The same in pieces. */
export function* countingRows({ routes, pools }: PlanParts): Piecework<CountedRows> {
  const names = new Set([routeRow(otherRow), serverRow(otherRow, otherRow), retryRow(otherRow), waitRow(otherRow)]);
  const counted = routes.slice(0, mostRows).map(({ name }) => name);
  for (const route of counted) {
    names.add(routeRow(route));
    yield;
  }
  const poolNames = pools.slice(0, mostRows).map(({ name }) => name);
  for (const pool of poolNames) {
    names.add(retryRow(pool)).add(waitRow(pool));
    yield;
  }
  const servers: { readonly pool: string; readonly server: string }[] = [];
  for (const pool of pools) {
    for (const { name } of pool.servers.slice(0, mostRows - servers.length)) {
      servers.push({ pool: pool.name, server: name });
      names.add(serverRow(pool.name, name));
    }
    yield;
    if (servers.length >= mostRows) break;
  }
  return { routes: counted, servers, pools: poolNames, names: [...names] };
}
