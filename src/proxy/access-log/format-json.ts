import { Field } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';
import type { Exchange, Timings } from '../exchange.ts';
import { traceIdOf } from '../forwarding/trace-id.ts';
import { flat, jsonBytes, jsonText } from './escape.ts';
import { statusOf, type LineFormat } from './line-format.ts';
import type { Masker } from './mask.ts';
import { RepeatedText } from './repeated-text.ts';
import { SecondText } from './second-text.ts';

/**
 * One JSON object a line, the default. A field that has nothing to say is left out.
 *
 * `time` is the start, in UTC. The steps, in ms: `headMs` reading the request's head, `connectMs` until a server had it,
 * `firstByteMs` until the head of the answer, `bodyMs` until all was over; `durationMs` is the whole.
 */
export function jsonFormat(): LineFormat {
  const second = new SecondText((date) => `{"time":"${date.toISOString().slice(0, 20)}`);
  const entrance = new RepeatedText(entranceOf);
  const destination = new RepeatedText(destinationOf);
  return (exchange, date, mask) =>
    second.at(date) +
    thousandths[Math.floor(date) % 1000]! +
    jsonBytes(exchange.id) +
    ',"client":' +
    jsonBytes(exchange.clientAddress) +
    entrance.of(exchange.client.listener, exchange.protocol, exchange.scheme) +
    jsonBytes(exchange.method) +
    request(exchange, mask) +
    outcome(exchange) +
    destination.of(exchange.server, exchange.pool, exchange.route?.name ?? '') +
    amounts(exchange) +
    steps(exchange.timings) +
    fields(exchange.headers, mask) +
    '}\n';
}

function entranceOf(listener: string, protocol: string, scheme: string): string {
  return `,"listener":${jsonText(listener)},"protocol":"${protocol}","scheme":"${scheme}","method":`;
}

function destinationOf(server: string, pool: string, route: string): string {
  return (
    (route === '' ? '' : `,"route":${jsonText(route)}`) +
    (pool === '' ? '' : `,"pool":${jsonText(pool)}`) +
    (server === '' ? '' : `,"server":${jsonText(server)}`)
  );
}

function request(exchange: Exchange, mask: Masker): string {
  const { path, query } = exchange.target;
  const text = ',"host":' + jsonBytes(exchange.host) + ',"path":' + jsonBytes(mask.path(path));
  return query.length > 1 ? text + ',"query":' + jsonBytes(mask.query(query).slice(1)) : text;
}

function outcome(exchange: Exchange): string {
  const text = `,"status":${statusOf(exchange)}`;
  return exchange.reason === undefined ? text : `${text},"reason":"${exchange.reason}"`;
}

function amounts({ retries, bytesIn, bytesOut }: Exchange): string {
  if (retries === 0 && bytesIn === 0) return `,"retries":0,"bytesIn":0,"bytesOut":${bytesOut}`;
  return `,"retries":${retries},"bytesIn":${bytesIn},"bytesOut":${bytesOut}`;
}

/** Each step counts from the end of the last one that happened, so that they add up to the whole. */
function steps(timings: Timings): string {
  const { started, headRead, connected, firstByte, ended } = timings;
  let text = ended === 0 ? '' : ',"durationMs":' + tenths(ended - started);
  let last = started;
  if (headRead !== 0) {
    text += ',"headMs":' + tenths(headRead - last);
    last = headRead;
  }
  if (connected !== 0) {
    text += ',"connectMs":' + tenths(connected - last);
    last = connected;
  }
  if (firstByte === 0) return text;
  text += ',"firstByteMs":' + tenths(firstByte - last);
  return ended === 0 ? text : text + ',"bodyMs":' + tenths(ended - firstByte);
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

/** `0.0` to `99.9`: nearly every step of an exchange, ready made. */
const shortTimes: readonly string[] = Array.from({ length: 1000 }, (_, tenth) => flat(decimal(tenth)));

/** Milliseconds to 0.1 ms. */
function tenths(ms: number): string {
  const all = ms > 0 ? Math.round(ms * 10) : 0;
  return all < 1000 ? shortTimes[all]! : decimal(all);
}

function decimal(tenth: number): string {
  const whole = Math.floor(tenth / 10);
  return `${whole}.${tenth - whole * 10}`;
}

/** The milliseconds of a time, and what follows it. */
const thousandths: readonly string[] = Array.from({ length: 1000 }, (_, ms) =>
  flat(`${String(ms).padStart(3, '0')}Z","id":`),
);
