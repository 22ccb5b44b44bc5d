import { errorCodes } from '../../core/errors.ts';
import { atOnce, withEach, type Piecework } from '../../core/piecework.ts';
import { grpcStatusNames } from '../../wire/grpc/grpc-status.ts';
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

/** What the calls of a row of gRPC ended with, in the order of its fields. It has the size of a row of traffic, of which it needs a part. */
export const grpcFields: readonly string[] = [...grpcStatusNames, '_other'];

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

/** The row of the gRPC calls of a route. */
export function grpcRow(route: string): string {
  return `grpc ${route}`;
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

/** The routes of a plan that are counted by themselves. */
export interface CountedRoutes {
  readonly routes: readonly string[];
  /** All rows, in the order of the memory. */
  readonly names: readonly string[];
}

/** Its pools and servers that are. */
export interface CountedPools {
  readonly servers: readonly { readonly pool: string; readonly server: string }[];
  readonly pools: readonly string[];
  /** All rows, in the order of the memory. */
  readonly names: readonly string[];
}

/** What the rows of a plan count: equal on both sides of the memory, because both make it from the plan. */
export interface CountedRows extends Pick<CountedRoutes, 'routes'>, Pick<CountedPools, 'servers' | 'pools'> {
  readonly names: RowNames;
}

/** All rows, by the memory that they are in, in its order: plans often differ in their routes alone. */
export interface RowNames {
  readonly routes: readonly string[];
  readonly pools: readonly string[];
}

/** Which routes and servers of a plan are counted by themselves. */
export function countedRows({ routes, pools }: PlanParts): CountedRows {
  return joinCounted(atOnce(countingRoutes(routes)), atOnce(countingPools(pools)));
}

/** Both halves of it. */
export function joinCounted(ofRoutes: CountedRoutes, { servers, pools, names }: CountedPools): CountedRows {
  return { routes: ofRoutes.routes, servers, pools, names: { routes: ofRoutes.names, pools: names } };
}

/** The half of the routes, in pieces. */
export function* countingRoutes(routes: PlanParts['routes']): Piecework<CountedRoutes> {
  const names = new Set([routeRow(otherRow), grpcRow(otherRow)]);
  const counted = routes.slice(0, mostRows).map(({ name }) => name);
  yield* withEach(counted, (route) => names.add(routeRow(route)).add(grpcRow(route)));
  return { routes: counted, names: [...names] };
}

/** The half of the pools, in pieces. */
export function* countingPools(pools: PlanParts['pools']): Piecework<CountedPools> {
  const names = new Set([serverRow(otherRow, otherRow), retryRow(otherRow), waitRow(otherRow)]);
  const poolNames = pools.slice(0, mostRows).map(({ name }) => name);
  yield* withEach(poolNames, (pool) => names.add(retryRow(pool)).add(waitRow(pool)));
  const servers: { readonly pool: string; readonly server: string }[] = [];
  yield* withEach(pools, (pool) => {
    for (const { name } of pool.servers.slice(0, mostRows - servers.length)) {
      servers.push({ pool: pool.name, server: name });
      names.add(serverRow(pool.name, name));
    }
  });
  return { servers, pools: poolNames, names: [...names] };
}
