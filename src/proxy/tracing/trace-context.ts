import { Field } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';
import { traceparentOf } from '../forwarding/trace-id.ts';

/** The span that a request says it belongs to, by W3C Trace Context. */
export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly parentId: string;
  /** Whoever sent it takes spans of this trace. */
  readonly sampled: boolean;
  /** `tracestate`, which is passed on as it is; empty: none, or longer than anyone has to keep. */
  readonly state: string;
}

/** Section 3.3.1.5: so much should be passed on at least. */
const mostState = 512;

/** Undefined: the request belongs to no trace, or does not say so validly. */
export function readTraceContext(headers: Headers): TraceContext | undefined {
  const parent = traceparentOf(headers);
  if (parent === '') return undefined;
  const state = headers.getAll('tracestate').join(',');
  return {
    traceId: parent.slice(3, 35),
    parentId: parent.slice(36, 52),
    sampled: (Number.parseInt(parent.slice(53, 55), 16) & 1) === 1,
    state: state.length <= mostState ? state : '',
  };
}

/** The value of a `traceparent`. */
export function writeTraceparent(traceId: string, spanId: string, sampled: boolean): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** A trace begins here: what the client said of another one is not passed on, its `tracestate` least of all (section 3.3). */
export function beginTrace(headers: Headers, traceparent: string): void {
  if (headers.ids.includes(Field.Traceparent)) headers.remove('traceparent');
  if (headers.has('tracestate')) headers.remove('tracestate');
  headers.add('traceparent', traceparent, Field.Traceparent);
}
