import { AddressSet } from '../core/ip.ts';
import type { LoopClock } from '../core/loop-clock.ts';
import { Trace } from '../core/trace.ts';
import { defaultMask, Masker } from './access-log/mask.ts';
import type { Exchange } from './exchange.ts';
import { clientAddressOf } from './forwarding/client-address.ts';
import type { OtlpPlan, Plan, TracePlan } from './plan.ts';
import { KeptTraces, type KeptLimits } from './tracing/kept-traces.ts';
import { RequestSpan } from './tracing/request-span.ts';
import { SpanBuffer, type SendSpans } from './tracing/span-buffer.ts';
import { beginTrace, readTraceContext, writeTraceparent, type TraceContext } from './tracing/trace-context.ts';
import { TraceIds } from './tracing/trace-ids.ts';
import { tracedExchange, type TracedExchange } from './tracing/traced-exchange.ts';

/** Of the whole process: its threads share them out. */
const processLimits: KeptLimits = { most: 1000, bytes: 16 * 1024 * 1024, bytesEach: 64 * 1024 };

/**
 * Which exchanges of a thread are traced, and what becomes of their traces. It is decided when they begin, before anything is
 * made: one that is not sampled has neither notes nor spans.
 */
export class ExchangeTracing {
  /** False: no exchange needs to be asked about. */
  on = false;
  readonly #clock: LoopClock;
  readonly #random: () => number;
  readonly #ids: TraceIds = new TraceIds();
  readonly #kept: KeptTraces = new KeptTraces(processLimits);
  readonly #spans: SpanBuffer | undefined;
  #plan: TracePlan | undefined;
  #from: AddressSet = new AddressSet([]);
  #trusted: AddressSet = new AddressSet([]);
  #mask: Masker = new Masker(defaultMask);

  /**
   * @param send takes spans; default: nobody does, and none are made.
   * @param random 0 <= n < 1; for tests.
   */
  constructor(clock: LoopClock, send: SendSpans | undefined, random: () => number = Math.random) {
    this.#clock = clock;
    this.#random = random;
    this.#spans = send && new SpanBuffer(send);
  }

  /** Takes a plan over. What is kept stays. @param threads share what a process keeps. */
  follow({ trace, accessLog, forwarding }: Plan, threads: number): void {
    const { most, bytes, bytesEach } = processLimits;
    this.#kept.limits = { most: Math.ceil(most / threads), bytes: Math.ceil(bytes / threads), bytesEach };
    this.on = trace !== undefined;
    this.#plan = trace;
    this.#mask = new Masker(accessLog?.mask ?? defaultMask);
    this.#trusted = new AddressSet(forwarding.trustedProxies);
    this.#from = new AddressSet(trace?.from ?? []);
  }

  /** Decides about an exchange that begins. */
  begin(exchange: Exchange): void {
    const plan = this.#plan;
    if (plan === undefined) return;
    if (this.#isSampled(plan.sample) || this.#isAskedFor(exchange, plan)) exchange.trace = new Trace(this.#clock);
    if (plan.otlp !== undefined && this.#spans !== undefined) this.#beginSpan(exchange, plan.otlp);
  }

  /** Puts by what an exchange that is over has left. */
  finished(exchange: Exchange): void {
    const { trace, span } = exchange;
    const toDate = this.#clock.date() - this.#clock.now();
    const spans = span instanceof RequestSpan ? span : undefined;
    if (spans !== undefined) this.#spans?.add(spans.write(exchange, this.#mask, toDate));
    if (trace === undefined) return;
    this.#kept.add(tracedExchange(exchange, { trace, mask: this.#mask, toDate, traceId: spans?.traceId }));
  }

  /** Undefined: it was not traced, or too many others have been since. */
  traced(id: string): TracedExchange | undefined {
    return this.#kept.get(id);
  }

  /** Sends the spans that wait. */
  flush(): void {
    this.#spans?.flush();
  }

  #isSampled(share: number): boolean {
    return share > 0 && this.#random() < share;
  }

  /** By the client itself, not by the proxy that it came through: that one passes on what anyone says. */
  #isAskedFor({ headers, client }: Exchange, { header }: TracePlan): boolean {
    return (
      header !== undefined && headers.has(header) && this.#from.has(clientAddressOf(headers, client, this.#trusted))
    );
  }

  /** The servers are told of the trace whether it is sampled or not, so that they decide alike. */
  #beginSpan(exchange: Exchange, plan: OtlpPlan): void {
    const { headers } = exchange;
    const parent = believes(plan, exchange) ? readTraceContext(headers) : undefined;
    if (parent === undefined ? this.#isSampled(plan.sample) : parent.sampled) this.#span(exchange, parent);
    else if (parent === undefined)
      beginTrace(headers, writeTraceparent(this.#ids.traceId(), this.#ids.spanId(), false));
  }

  #span(exchange: Exchange, parent: TraceContext | undefined): void {
    const span = new RequestSpan(this.#ids, parent);
    exchange.span = span;
    const traceparent = writeTraceparent(span.traceId, span.spanId, true);
    if (parent === undefined) beginTrace(exchange.headers, traceparent);
    else exchange.headers.set('traceparent', traceparent);
  }
}

function believes({ continue: whose }: OtlpPlan, { client }: Exchange): boolean {
  return whose === 'always' || (whose === 'trusted' && client.trusted);
}
