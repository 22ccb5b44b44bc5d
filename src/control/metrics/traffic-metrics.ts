import { errorCodes } from '../../core/errors.ts';
import type { CounterBook } from '../../core/shared/counter-book.ts';
import {
  grpcFields,
  grpcRow,
  otherRow,
  processFields,
  retryFields,
  retryReasons,
  retryRow,
  retryStops,
  routeRow,
  serverRow,
  timeBounds,
  trafficFields,
  waitRow,
  type CountedRows,
} from '../../proxy/index.ts';
import type { Exposition, Labels } from './exposition.ts';

/** What the data threads have counted. */
export interface TrafficBooks {
  readonly traffic: CounterBook;
  readonly process: CounterBook;
}

interface Counted {
  readonly labels: Labels;
  readonly fields: Float64Array;
}

/** `none`: the exchange ended without an answer. */
const classNames = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** Writes the metrics of routes, servers and reasons. Rows that have counted nothing are left out: they cost those who store them. */
export function writeTraffic(out: Exposition, books: TrafficBooks, rows: CountedRows): void {
  const routes = [...rows.routes, otherRow].map((route) => counted({ route }, routeRow(route), books));
  const all = [...rows.servers, { pool: otherRow, server: otherRow }];
  const servers = all.map(({ pool, server }) => counted({ pool, server }, serverRow(pool, server), books));
  writeRows(out, 'route', 'by the route that they took', routes.filter(hasCounted));
  writeRows(out, 'server', 'by the server that answered, or was the last to be asked', servers.filter(hasCounted));
  writeCalls(out, books, [...rows.routes, otherRow]);
  writeRetries(out, books, [...rows.pools, otherRow]);
  const waits = [...rows.pools, otherRow].map((pool) => counted({ pool }, waitRow(pool), books));
  writeWaits(out, waits.filter(hasCounted));
  writeReasons(out, books.process.read('process'));
}

function counted(labels: Labels, row: string, { traffic }: TrafficBooks): Counted {
  return { labels, fields: traffic.read(row) };
}

function hasCounted({ fields }: Counted): boolean {
  return fields.some((field) => field > 0);
}

function writeRows(out: Exposition, kind: 'route' | 'server', by: string, rows: readonly Counted[]): void {
  const name = `postern_${kind}`;
  out.metric(`${name}_requests_total`, 'counter', `Requests that are over, by class of status and ${by}.`);
  for (const row of rows) writeClasses(out, `${name}_requests_total`, row);
  writeField(out, `${name}_request_body_bytes_total`, `Bytes of request bodies, ${by}.`, {
    at: trafficFields.bytesIn,
    rows,
  });
  writeField(out, `${name}_response_body_bytes_total`, `Bytes of answers' bodies, ${by}.`, {
    at: trafficFields.bytesOut,
    rows,
  });
  const what =
    kind === 'route'
      ? 'From the first byte of a request to the end of its answer'
      : "From the request's head to the answer's";
  out.metric(`${name}_duration_seconds`, 'histogram', `${what}, ${by}.`);
  for (const row of rows) writeHistogram(out, `${name}_duration_seconds`, row);
}

function writeClasses(out: Exposition, name: string, { labels, fields }: Counted): void {
  for (const [i, status] of classNames.entries()) {
    const value = fields[trafficFields.classes + i]!;
    if (value > 0) out.sample(name, { ...labels, class: status }, value);
  }
}

function writeField(
  out: Exposition,
  name: string,
  help: string,
  { at, rows }: { at: number; rows: readonly Counted[] },
): void {
  out.metric(name, 'counter', help);
  for (const { labels, fields } of rows) out.sample(name, labels, fields[at]!);
}

/** Buckets count all that is not above their bound, so each has those before it in it. */
function writeHistogram(out: Exposition, name: string, { labels, fields }: Counted): void {
  let sum = 0;
  for (const [i, bound] of [...timeBounds, Infinity].entries()) {
    sum += fields[trafficFields.buckets + i]!;
    out.sample(`${name}_bucket`, { ...labels, le: bound === Infinity ? '+Inf' : String(bound) }, sum);
  }
  out.sample(`${name}_sum`, labels, fields[trafficFields.timeMs]! / 1000);
  out.sample(`${name}_count`, labels, sum);
}

/** Whatever became of them, their HTTP status is 200. */
function writeCalls(out: Exposition, { traffic }: TrafficBooks, routes: readonly string[]): void {
  const name = 'postern_route_grpc_calls_total';
  out.metric(name, 'counter', 'Calls of gRPC that ended with a status, by it and by the route that they took.');
  for (const route of routes) {
    const fields = traffic.read(grpcRow(route));
    for (const [i, status] of grpcFields.entries()) {
      if (fields[i]! > 0) out.sample(name, { route, status }, fields[i]!);
    }
  }
}

/** Pools in which nothing was tried again are left out. */
function writeRetries(out: Exposition, { traffic }: TrafficBooks, pools: readonly string[]): void {
  const rows = pools.map((pool) => ({ pool, fields: traffic.read(retryRow(pool)) }));
  out.metric('postern_retries_total', 'counter', 'Attempts after a first one that failed, by what had gone wrong.');
  for (const { pool, fields } of rows) {
    for (const [i, reason] of retryReasons.entries()) {
      const value = fields[retryFields.reasons + i]!;
      if (value > 0) out.sample('postern_retries_total', { pool, reason }, value);
    }
  }
  const help =
    'Requests that were not tried again though one more attempt might have helped, by what stood against it.';
  out.metric('postern_retries_refused_total', 'counter', help);
  for (const { pool, fields } of rows) {
    for (const [i, cause] of retryStops.entries()) {
      const value = fields[retryFields.stops + i]!;
      if (value > 0) out.sample('postern_retries_refused_total', { pool, cause }, value);
    }
  }
}

function writeWaits(out: Exposition, rows: readonly Counted[]): void {
  const requests = 'postern_pool_queued_requests_total';
  out.metric(requests, 'counter', 'Requests that had to wait for a server, by class of status.');
  for (const row of rows) writeClasses(out, requests, row);
  const times = 'postern_pool_queue_duration_seconds';
  out.metric(times, 'histogram', 'How long requests waited for a server, of those that had to.');
  for (const row of rows) writeHistogram(out, times, row);
}

function writeReasons(out: Exposition, fields: Float64Array): void {
  const name = 'postern_errors_total';
  out.metric(name, 'counter', 'Requests that Postern answered or gave up itself, by its reason code.');
  for (const [i, reason] of errorCodes.entries()) {
    const value = fields[processFields.reasons + i]!;
    if (value > 0) out.sample(name, { reason }, value);
  }
}
