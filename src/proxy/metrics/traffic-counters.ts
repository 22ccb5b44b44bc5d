import { errorCodes, type ErrorCode } from '../../core/errors.ts';
import { atOnce, inSlices, withEach, type Piecework } from '../../core/piecework.ts';
import { CounterSheet, type CounterRow } from '../../core/shared/counter-sheet.ts';
import type { Exchange } from '../exchange.ts';
import type { PlanParts } from '../plan.ts';
import { retryStops, type RetryNotes } from '../retry-plan.ts';
import {
  countingPools,
  countingRoutes,
  grpcFields,
  grpcRow,
  otherRow,
  processFields,
  retryFields,
  retryRow,
  routeRow,
  serverRow,
  timeBounds,
  trafficFields,
  waitRow,
} from './counter-fields.ts';

/** Memory that a thread counts in: made by main for a plan, read by main at any time. Undefined: it goes on where it counts. */
export interface CounterMemory {
  readonly routes: SharedArrayBuffer | undefined;
  /** Servers, too. */
  readonly pools: SharedArrayBuffer | undefined;
  readonly process: SharedArrayBuffer | undefined;
}

/** A change that only has to be done. */
type Change = () => void;

const { classes, bytesIn, bytesOut, timeMs, buckets } = trafficFields;

const reasonAt: ReadonlyMap<ErrorCode, number> = new Map(
  errorCodes.map((code, i) => [code, processFields.reasons + i] as const),
);

/** Counts what one thread's exchanges were: once each, when they are over. */
export class TrafficCounters {
  readonly #ofRoutes: CounterSheet = new CounterSheet(trafficFields.size);
  readonly #ofPools: CounterSheet = new CounterSheet(trafficFields.size);
  readonly #process: CounterSheet = new CounterSheet(processFields.size);
  #processRow: CounterRow | undefined;
  #routes: ReadonlyMap<string, CounterRow> = new Map();
  #servers: ReadonlyMap<string, ReadonlyMap<string, CounterRow>> = new Map();
  #retries: ReadonlyMap<string, CounterRow> = new Map();
  #waits: ReadonlyMap<string, CounterRow> = new Map();
  #noRoute: CounterRow | undefined;
  #noServer: CounterRow | undefined;
  #noPool: CounterRow | undefined;
  #noWait: CounterRow | undefined;
  /** Calls of gRPC, by route. */
  #grpc: ReadonlyMap<string, CounterRow> = new Map();
  #noGrpc: CounterRow | undefined;
  #ready: { readonly plan: PlanParts; readonly change: Change } | undefined;

  /** Counts by the routes and servers of this plan from now on. What they counted before goes with them. */
  follow(plan: PlanParts, memory: CounterMemory): void {
    atOnce(this.following(plan, memory))();
  }

  /**
   * Makes ready what is needed to count by this plan, a slice at a time, while all is counted as before. What was made ready before
   * and not taken is dropped.
   */
  async prepare({ routes, pools }: PlanParts, memory: CounterMemory | undefined): Promise<void> {
    this.#ready = undefined;
    if (memory === undefined) return;
    this.#ready = { plan: { routes, pools }, change: await inSlices(this.following({ routes, pools }, memory)) };
  }

  /** The plan is in force: counts by it, if that was made ready, and else as before. */
  take({ routes, pools }: PlanParts): void {
    const ready = this.#ready;
    this.#ready = undefined;
    if (ready?.plan.routes === routes && ready.plan.pools === pools) ready.change();
  }

  /** As `follow`, in pieces, up to the change itself. @internal */
  *following({ routes, pools }: PlanParts, memory: CounterMemory): Piecework<Change> {
    const changes: Change[] = [];
    if (memory.routes !== undefined) changes.push(yield* this.#followingRoutes(routes, memory.routes));
    if (memory.pools !== undefined) changes.push(yield* this.#followingPools(pools, memory.pools));
    if (memory.process !== undefined) changes.push(yield* this.#followingProcess(memory.process));
    return () => {
      for (const change of changes) change();
    };
  }

  *#followingRoutes(plans: PlanParts['routes'], memory: SharedArrayBuffer): Piecework<Change> {
    const counted = yield* countingRoutes(plans);
    const { rows, move } = yield* this.#ofRoutes.moving(memory, counted.names);
    const routes = new Map<string, CounterRow>();
    const grpc = new Map<string, CounterRow>();
    yield* withEach(counted.routes, (route) => {
      routes.set(route, rows.get(routeRow(route))!);
      grpc.set(route, rows.get(grpcRow(route))!);
    });
    return () => {
      move();
      [this.#routes, this.#grpc] = [routes, grpc];
      this.#noRoute = rows.get(routeRow(otherRow));
      this.#noGrpc = rows.get(grpcRow(otherRow));
    };
  }

  *#followingPools(plans: PlanParts['pools'], memory: SharedArrayBuffer): Piecework<Change> {
    const counted = yield* countingPools(plans);
    const { rows, move } = yield* this.#ofPools.moving(memory, counted.names);
    const servers = new Map<string, Map<string, CounterRow>>();
    yield* withEach(counted.servers, ({ pool, server }) => {
      const ofPool = servers.get(pool) ?? new Map<string, CounterRow>();
      servers.set(pool, ofPool.set(server, rows.get(serverRow(pool, server))!));
    });
    const retries = new Map<string, CounterRow>();
    const waits = new Map<string, CounterRow>();
    yield* withEach(counted.pools, (pool) => {
      retries.set(pool, rows.get(retryRow(pool))!);
      waits.set(pool, rows.get(waitRow(pool))!);
    });
    return () => {
      move();
      [this.#servers, this.#retries, this.#waits] = [servers, retries, waits];
      this.#noServer = rows.get(serverRow(otherRow, otherRow));
      this.#noPool = rows.get(retryRow(otherRow));
      this.#noWait = rows.get(waitRow(otherRow));
    };
  }

  *#followingProcess(memory: SharedArrayBuffer): Piecework<Change> {
    const { rows, move } = yield* this.#process.moving(memory, ['process']);
    return () => {
      move();
      this.#processRow = rows.get('process');
    };
  }

  /** The exchange is over. One without a route counts by its reason alone. */
  finished(exchange: Exchange): void {
    if (this.#processRow === undefined) return;
    const { route, server, reason, timings } = exchange;
    if (reason !== undefined) count(this.#processRow, reasonAt.get(reason)!);
    if (exchange.retried !== undefined) this.#countRetries(exchange.pool, exchange.retried);
    if (route === undefined) return;
    addExchange(this.#routes.get(route.name) ?? this.#noRoute!, exchange, timings.ended - timings.started);
    if (exchange.grpcStatus !== undefined) this.#countCall(route.name, exchange.grpcStatus);
    if (timings.queuedMs > 0) addExchange(this.#waits.get(exchange.pool) ?? this.#noWait!, exchange, timings.queuedMs);
    if (server === '') return;
    const { connected, firstByte } = timings;
    addExchange(this.#rowOf(exchange), exchange, firstByte > 0 && connected > 0 ? firstByte - connected : -1);
  }

  #countCall(route: string, status: number): void {
    count(this.#grpc.get(route) ?? this.#noGrpc!, Math.min(status, grpcFields.length - 1));
  }

  #countRetries(pool: string, { counts, stopped }: RetryNotes): void {
    const { values, at } = this.#retries.get(pool) ?? this.#noPool!;
    for (const [i, times] of counts.entries()) values[at + retryFields.reasons + i]! += times;
    if (stopped !== undefined) values[at + retryFields.stops + retryStops.indexOf(stopped)]! += 1;
  }

  #rowOf({ pool, server }: Exchange): CounterRow {
    return this.#servers.get(pool)?.get(server) ?? this.#noServer!;
  }
}

function count({ values, at }: CounterRow, field: number): void {
  values[at + field]! += 1;
}

/** @param ms how long it took; less than 0: nobody can tell. */
function addExchange({ values, at }: CounterRow, exchange: Exchange, ms: number): void {
  // A status that nobody knows counts as 5xx (RFC 9110 section 15).
  const statusClass = Math.min(Math.trunc(exchange.status / 100), 5);
  values[at + classes + statusClass]! += 1;
  values[at + bytesIn]! += exchange.bytesIn;
  values[at + bytesOut]! += exchange.bytesOut;
  if (ms < 0 || statusClass === 1) return; // A tunnel lasts as long as its people like.
  values[at + timeMs]! += ms;
  values[at + buckets + bucketOf(ms)]! += 1;
}

/** The first bound that is not smaller; most exchanges are quick, so it is found soon. */
function bucketOf(ms: number): number {
  const seconds = ms / 1000;
  let i = 0;
  while (i < timeBounds.length && seconds > timeBounds[i]!) i++;
  return i;
}
