import { errorCodes, type ErrorCode } from '../../core/errors.ts';
import { atOnce, type Piecework } from '../../core/piecework.ts';
import { CounterSheet, type CounterRow } from '../../core/shared/counter-sheet.ts';
import type { Exchange } from '../exchange.ts';
import type { PlanParts } from '../plan.ts';
import { retryStops, type RetryNotes } from '../retry-plan.ts';
import {
  countingRows,
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

/** Memory that a thread counts in: made by main for a plan, read by main at any time. */
export interface CounterMemory {
  readonly traffic: SharedArrayBuffer;
  readonly process: SharedArrayBuffer;
}

const { classes, bytesIn, bytesOut, timeMs, buckets } = trafficFields;

const reasonAt: ReadonlyMap<ErrorCode, number> = new Map(
  errorCodes.map((code, i) => [code, processFields.reasons + i] as const),
);

/** Counts what one thread's exchanges were: once each, when they are over. */
export class TrafficCounters {
  readonly #traffic: CounterSheet = new CounterSheet(trafficFields.size);
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

  /** Counts by the routes and servers of this plan from now on. What they counted before goes with them. */
  follow(plan: PlanParts, memory: CounterMemory): void {
    atOnce(this.following(plan, memory))();
  }

  /** The same in pieces, up to the change itself. */
  *following(plan: PlanParts, memory: CounterMemory): Piecework<() => void> {
    const counted = yield* countingRows(plan);
    const traffic = yield* this.#traffic.moving(memory.traffic, counted.names);
    const process = yield* this.#process.moving(memory.process, ['process']);
    const routes = new Map<string, CounterRow>();
    for (const route of counted.routes) {
      routes.set(route, traffic.rows.get(routeRow(route))!);
      yield;
    }
    const servers = new Map<string, Map<string, CounterRow>>();
    for (const { pool, server } of counted.servers) {
      const rows = servers.get(pool) ?? new Map<string, CounterRow>();
      servers.set(pool, rows.set(server, traffic.rows.get(serverRow(pool, server))!));
      yield;
    }
    const retries = new Map<string, CounterRow>();
    const waits = new Map<string, CounterRow>();
    for (const pool of counted.pools) {
      retries.set(pool, traffic.rows.get(retryRow(pool))!);
      waits.set(pool, traffic.rows.get(waitRow(pool))!);
      yield;
    }
    return () => {
      traffic.move();
      process.move();
      this.#processRow = this.#process.row('process');
      this.#noRoute = this.#traffic.row(routeRow(otherRow));
      this.#noServer = this.#traffic.row(serverRow(otherRow, otherRow));
      this.#noPool = this.#traffic.row(retryRow(otherRow));
      [this.#routes, this.#servers, this.#retries, this.#waits] = [routes, servers, retries, waits];
      this.#noWait = this.#traffic.row(waitRow(otherRow));
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
    if (timings.queuedMs > 0) addExchange(this.#waits.get(exchange.pool) ?? this.#noWait!, exchange, timings.queuedMs);
    if (server === '') return;
    const { connected, firstByte } = timings;
    addExchange(this.#rowOf(exchange), exchange, firstByte > 0 && connected > 0 ? firstByte - connected : -1);
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
