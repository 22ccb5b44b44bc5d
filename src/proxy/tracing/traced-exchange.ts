import type { ErrorCode } from '../../core/errors.ts';
import type { Trace, TraceNote } from '../../core/trace.ts';
import type { Exchange } from '../exchange.ts';
import type { TargetMask } from './request-span.ts';

/** What is kept of an exchange that was traced: plain data. Times are ms since its first byte; undefined: it came not so far. */
export interface TracedExchange {
  readonly id: string;
  /** When its first byte came; ISO 8601. */
  readonly at: string;
  readonly listener: string;
  readonly client: {
    /** After walking trusted proxies. */
    readonly address: string;
    readonly peer: string;
    readonly port: number;
    readonly tls?: string | undefined;
  };
  readonly protocol: string;
  readonly method: string;
  /** As it came; secret parameters are `***`. */
  readonly url: string;
  /** What was decided, in order. */
  readonly notes: readonly TraceNote[];
  readonly route?: string | undefined;
  readonly pool: string;
  readonly server: string;
  readonly user: string;
  readonly retries: number;
  /** 499: the client went before an answer. */
  readonly status: number;
  readonly reason?: ErrorCode | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly timings: {
    readonly headRead?: number | undefined;
    /** A server had the request's head. */
    readonly connected?: number | undefined;
    readonly firstByte?: number | undefined;
    readonly ended: number;
  };
  /** Of its spans, where a collector gets them. */
  readonly traceId?: string | undefined;
}

/** Longest URL, method, name or id that is kept. */
const mostLetters = 2048;

export interface TraceEnd {
  readonly trace: Trace;
  readonly mask: TargetMask;
  /** From the thread's time to ms since 1970. */
  readonly toDate: number;
  readonly traceId?: string | undefined;
}

/** What is kept of an exchange that is over. */
export function tracedExchange(exchange: Exchange, { trace, mask, toDate, traceId }: TraceEnd): TracedExchange {
  const { client, timings, target, reason } = exchange;
  const since = (ms: number): number => Math.round((ms - timings.started) * 1000) / 1000;
  const step = (ms: number): number | undefined => (ms === 0 ? undefined : since(ms));
  return {
    id: exchange.id,
    at: new Date(timings.started + toDate).toISOString(),
    listener: client.listener,
    client: { address: exchange.clientAddress, peer: client.address, port: client.port, tls: client.tls?.version },
    protocol: exchange.protocol,
    method: short(exchange.method),
    url: short(`${exchange.scheme}://${exchange.authority}${mask.url(target.raw)}`),
    notes: trace.notes.map(({ at, what, ...note }) => ({
      ...note,
      what: mask.url(what), // Features speak of queries and redirects.
      ...(at !== undefined && { at: since(at) }),
    })),
    route: exchange.route?.name,
    pool: exchange.pool,
    server: exchange.server,
    user: short(exchange.user),
    retries: exchange.retries,
    status: exchange.status,
    reason,
    bytesIn: exchange.bytesIn,
    bytesOut: exchange.bytesOut,
    timings: {
      headRead: step(timings.headRead),
      connected: step(timings.connected),
      firstByte: step(timings.firstByte),
      ended: since(timings.ended),
    },
    traceId,
  };
}

function short(text: string): string {
  return text.length > mostLetters ? `${text.slice(0, mostLetters)}...` : text;
}
