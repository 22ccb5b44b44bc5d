import { Field } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';
import { Recent } from '../../core/recent.ts';
import type { Exchange, Timings } from '../exchange.ts';
import { retryReasons, type RetryNotes } from '../retry-plan.ts';
import { traceIdOf } from '../forwarding/trace-id.ts';
import { flat, jsonBytes, jsonInner, jsonText } from './escape.ts';
import { statusOf, type LineFormat } from './line-format.ts';
import type { Masker } from './mask.ts';
import { RepeatedText } from './repeated-text.ts';
import { SecondText } from './second-text.ts';

/**
 * One JSON object a line, the default. A field that has nothing to say is left out.
 *
 * `time` is the start, in UTC. The steps, in ms: `headMs` reading the request's head, `queueMs` waiting for
 * servers that were full, `connectMs` until a server had it,
 * `firstByteMs` until the head of the answer, `bodyMs` until all was over; `durationMs` is the whole. A step of less than
 * 0.05 ms has nothing to say.
 */
export function jsonFormat(): LineFormat {
  const second = new SecondText((date) => `{"time":"${date.toISOString().slice(0, 20)}`);
  const usualEnd = new RepeatedText((server, pool, route) => `${destinationOf(server, pool, route)}${nothingCameIn}`);
  const destination = new RepeatedText(destinationOf);
  const entrances = new Recent<Entrance>();
  return (exchange, date, mask) =>
    second.at(date) +
    thousandths[Math.floor(date) % 1000]! +
    jsonInner(exchange.id) +
    entranceOf(exchange, entrances) +
    target(exchange, mask) +
    outcome(exchange) +
    (exchange.retries === 0 && exchange.bytesIn === 0
      ? usualEnd.of(exchange.server, exchange.pool, exchange.route?.name ?? '')
      : destination.of(exchange.server, exchange.pool, exchange.route?.name ?? '') + amounts(exchange)) +
    exchange.bytesOut +
    steps(exchange.timings) +
    retried(exchange.retried) +
    (exchange.grpcStatus === undefined ? '' : `,"grpcStatus":${exchange.grpcStatus}`) +
    (exchange.user === '' ? '' : `,"user":${jsonText(exchange.user)}`) +
    fields(exchange.headers, mask) +
    '}\n';
}

const nothingCameIn = ',"retries":0,"bytesIn":0,"bytesOut":';

/** From client to host: the same for most exchanges of a connection, so it is kept in one piece. */
interface Entrance {
  readonly text: string;
  readonly clientId: number;
  readonly clientAddress: string;
  readonly protocol: string;
  readonly method: string;
  readonly host: string;
}

function entranceOf(exchange: Exchange, entrances: Recent<Entrance>): string {
  const { client, clientAddress, protocol, method, host } = exchange;
  const kept = entrances.get(client.id);
  if (
    kept?.clientId === client.id &&
    kept.host === host &&
    kept.method === method &&
    kept.clientAddress === clientAddress &&
    kept.protocol === protocol
  ) {
    return kept.text;
  }
  const text = flat(
    `","client":${jsonBytes(clientAddress)},"listener":${jsonText(client.listener)},"protocol":"${protocol}",` +
      `"scheme":"${exchange.scheme}",${tlsOf(exchange)}"method":${jsonBytes(method)},"host":${jsonBytes(host)},"path":"`,
  );
  entrances.set(client.id, { text, clientId: client.id, clientAddress, protocol, method, host });
  return text;
}

/** The version that was agreed on; and the name in the handshake, where it is another one than the request's. */
function tlsOf({ client, host }: Exchange): string {
  if (client.tls === undefined) return '';
  const { version, serverName } = client.tls;
  return `"tls":"${version}",${serverName === '' || serverName === host ? '' : `"serverName":${jsonBytes(serverName)},`}`;
}

function destinationOf(server: string, pool: string, route: string): string {
  return (
    (route === '' ? '' : `,"route":${jsonText(route)}`) +
    (pool === '' ? '' : `,"pool":${jsonText(pool)}`) +
    (server === '' ? '' : `,"server":${jsonText(server)}`)
  );
}

/** The inside of the path's quotes, then the query with its own. */
function target(exchange: Exchange, mask: Masker): string {
  const { path, query } = exchange.target;
  const text = jsonInner(mask.path(path));
  return query.length > 1 ? `${text}","query":"${jsonInner(mask.query(query).slice(1))}` : text;
}

function outcome(exchange: Exchange): string {
  const text = statuses[statusOf(exchange)] ?? statusText(statusOf(exchange));
  return exchange.reason === undefined ? text : `${text},"reason":"${exchange.reason}"`;
}

function statusText(status: number): string {
  return `","status":${status}`;
}

const statuses: readonly string[] = Array.from({ length: 600 }, (_, status) => flat(statusText(status)));

function amounts({ retries, bytesIn }: Exchange): string {
  return `,"retries":${retries},"bytesIn":${bytesIn},"bytesOut":`;
}

/** Why other attempts were made, and why no more: what does not go well at once may take the time. */
function retried(notes: RetryNotes | undefined): string {
  if (notes === undefined) return '';
  const { counts, stopped } = notes;
  const parts = retryReasons.flatMap((reason, i) => (counts[i]! > 0 ? [`"${reason}":${counts[i]!}`] : []));
  const text = parts.length === 0 ? '' : `,"retried":{${parts.join(',')}}`;
  return stopped === undefined ? text : `${text},"notRetried":"${stopped}"`;
}

/** Each step counts from the end of the last one that happened, so that they add up to the whole. */
function steps(timings: Timings): string {
  const { started, headRead, queuedMs, connected, firstByte, ended } = timings;
  let text = ended === 0 ? '' : duration.of(ended - started);
  let last = started;
  if (headRead !== 0) {
    text += head.ifAny(headRead - last);
    last = headRead;
  }
  if (queuedMs !== 0) {
    text += queue.ifAny(queuedMs);
    last += queuedMs;
  }
  if (connected !== 0) {
    text += connect.ifAny(connected - last);
    last = connected;
  }
  if (firstByte === 0) return text;
  text += first.ifAny(firstByte - last);
  return ended === 0 ? text : text + body.ifAny(ended - firstByte);
}

function fields(headers: Headers, mask: Masker): string {
  let text = '';
  const userAgent = headers.getById(Field.UserAgent);
  if (userAgent !== undefined) text = ',"userAgent":' + jsonBytes(userAgent);
  const referer = headers.getById(Field.Referer);
  if (referer !== undefined) text += ',"referer":' + jsonBytes(mask.url(referer));
  const traceId = traceIdOf(headers);
  return traceId === '' ? text : `${text},"traceId":"${traceId}"`;
}

/** A step's name and its milliseconds to 0.1 ms; `0.0` to `49.9`, nearly every step of an exchange, ready made. */
class StepText {
  readonly #name: string;
  readonly #short: readonly string[];

  constructor(name: string) {
    this.#name = name;
    this.#short = Array.from({ length: 500 }, (_, tenths) => flat(this.#write(tenths)));
  }

  of(ms: number): string {
    const tenths = ms > 0 ? Math.round(ms * 10) : 0;
    return this.#short[tenths] ?? this.#write(tenths);
  }

  /** Empty where it would be `0.0`: most steps of most exchanges. */
  ifAny(ms: number): string {
    return ms < 0.05 ? '' : this.of(ms);
  }

  #write(tenths: number): string {
    const whole = Math.floor(tenths / 10);
    return `,"${this.#name}":${whole}.${tenths - whole * 10}`;
  }
}

const duration = new StepText('durationMs');
const head = new StepText('headMs');
const queue = new StepText('queueMs');
const connect = new StepText('connectMs');
const first = new StepText('firstByteMs');
const body = new StepText('bodyMs');

/** The milliseconds of a time, and what follows it. */
const thousandths: readonly string[] = Array.from({ length: 1000 }, (_, ms) =>
  flat(`${String(ms).padStart(3, '0')}Z","id":"`),
);
