import { errorCodes, type ErrorCode } from '../../core/errors.ts';
import { CounterSheet, type CounterRow } from '../../core/shared/counter-sheet.ts';
import type { Exchange } from '../exchange.ts';
import type { Plan } from '../plan.ts';
import {
  countedRows,
  otherRow,
  processFields,
  routeRow,
  serverRow,
  timeBounds,
  trafficFields,
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
  #noRoute: CounterRow | undefined;
  #noServer: CounterRow | undefined;

  /** Counts by the routes and servers of this plan from now on. What they counted before goes with them. */
  follow(plan: Plan, memory: CounterMemory): void {
    const { names, routes, servers } = countedRows(plan);
    this.#traffic.move(memory.traffic, names);
    this.#process.move(memory.process, ['process']);
    this.#processRow = this.#process.row('process');
    this.#noRoute = this.#traffic.row(routeRow(otherRow));
    this.#noServer = this.#traffic.row(serverRow(otherRow, otherRow));
    this.#routes = new Map(routes.map((route) => [route, this.#traffic.row(routeRow(route))]));
    const pools = Map.groupBy(servers, ({ pool }) => pool);
    this.#servers = new Map([...pools].map(([pool, each]) => [pool, this.#rowsOf(pool, each)]));
  }

  /** The exchange is over. One without a route counts by its reason alone. */
  finished(exchange: Exchange): void {
    if (this.#processRow === undefined) return;
    const { route, server, reason, timings } = exchange;
    if (reason !== undefined) count(this.#processRow, reasonAt.get(reason)!);
    if (route === undefined) return;
    addExchange(this.#routes.get(route.name) ?? this.#noRoute!, exchange, timings.ended - timings.started);
    if (server === '') return;
    const { connected, firstByte } = timings;
    addExchange(this.#rowOf(exchange), exchange, firstByte > 0 && connected > 0 ? firstByte - connected : -1);
  }

  #rowOf({ pool, server }: Exchange): CounterRow {
    return this.#servers.get(pool)?.get(server) ?? this.#noServer!;
  }

  #rowsOf(pool: string, servers: readonly { readonly server: string }[]): ReadonlyMap<string, CounterRow> {
    return new Map(servers.map(({ server }) => [server, this.#traffic.row(serverRow(pool, server))]));
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
