import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { BackOff } from '../back-off.ts';
import type { SendBatch, SendResult } from './otlp-request.ts';

/** Spans that wait; past it the oldest are dropped. */
const mostWaiting = 2048;
/** Spans of one request. */
const mostInBatch = 512;
/** Fewer wait so long at most for others. */
const waitMs = 5000;
/** Failures are told of so often at most. */
const tellMs = 60_000;

export interface ExporterEnv {
  readonly send: SendBatch;
  /** JSON before and behind the spans. */
  readonly frame: readonly [before: string, behind: string];
  readonly clock: Clock;
  readonly log: Logger;
  /** Counts what became of spans. */
  readonly counts: SpanCounts;
  readonly backOff?: BackOff;
}

/** Spans since the start. */
export interface SpanCounts {
  sent: number;
  dropped: number;
}

/**
 * Sends spans to a collector in batches, one after the other. Whoever hands them over never waits: what the collector does not
 * take in time is dropped, the oldest first, and counted.
 */
export class OtlpExporter {
  readonly #env: ExporterEnv;
  readonly #backOff: BackOff;
  #waiting: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  /** The collector asked for a pause, or a batch has failed. */
  #pausing = false;
  #closing = false;
  #ended = false;
  #lastTold = -Infinity;

  constructor(env: ExporterEnv) {
    this.#env = env;
    this.#backOff = env.backOff ?? new BackOff({ minMs: 1000, maxMs: 30_000 });
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes spans, written in OTLP's JSON. Never throws. */
  add(spans: readonly string[]): void {
    if (this.#closing) return this.#drop(spans.length, 'it is closed');
    for (const span of spans) this.#waiting.push(span);
    this.#trim();
    if (this.#sending !== undefined || this.#pausing) return;
    if (this.#waiting.length >= mostInBatch) this.#begin();
    else this.#timer ??= setTimeout(() => this.#begin(), waitMs).unref();
  }

  /** Sends what waits and ends, after `withinMs` at the latest; what was not taken then is dropped. */
  async close(withinMs: number): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#rest();
    const tooLate = Promise.withResolvers<void>();
    const late = setTimeout(tooLate.resolve, withinMs);
    await Promise.race([this.#finish(), tooLate.promise]);
    clearTimeout(late);
    this.#ended = true;
    this.#drop(this.#waiting.length, 'Postern ends');
    this.#waiting = [];
  }

  async #finish(): Promise<void> {
    await this.#sending;
    let goesOn = true;
    // oxlint-disable-next-line no-await-in-loop -- one at a time
    while (goesOn && this.#waiting.length > 0) goesOn = await this.#sendOne();
  }

  #begin(): void {
    this.#rest();
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined));
  }

  /** No timer runs on. */
  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pausing = false;
  }

  /** Goes on while there are full batches: fewer may wait for others. Never rejects. */
  async #sendAll(): Promise<void> {
    let goesOn = true;
    do {
      // oxlint-disable-next-line no-await-in-loop -- one at a time
      goesOn = await this.#sendOne();
    } while (goesOn && this.#waiting.length >= mostInBatch);
    if (goesOn && !this.#closing && this.#waiting.length > 0) {
      this.#timer ??= setTimeout(() => this.#begin(), waitMs).unref();
    }
  }

  /** @returns false where it is not the time for another one. Never rejects. */
  async #sendOne(): Promise<boolean> {
    const batch = this.#waiting.splice(0, mostInBatch);
    const [before, behind] = this.#env.frame;
    const result = await this.#env.send(before + batch.join(',') + behind);
    return this.#settle(batch, result);
  }

  #settle(batch: readonly string[], result: SendResult): boolean {
    if (result.kind === 'later' && this.#ended) {
      this.#drop(batch.length, result.why);
      return false;
    }
    if (result.kind === 'later') {
      // They are older than all that wait: where there is no room, they go.
      this.#waiting.unshift(...batch);
      this.#trim();
      this.#tell(`Cannot send spans: ${result.why}; another try follows`);
      if (!this.#closing) this.#pause(Math.max(this.#backOff.next(), result.afterMs ?? 0));
      return false;
    }
    this.#backOff.reset();
    if (result.kind === 'refused') {
      this.#drop(batch.length, result.why);
      return true;
    }
    const rejected = Math.min(result.rejected, batch.length);
    this.#env.counts.sent += batch.length - rejected;
    if (rejected > 0) this.#drop(rejected, `the collector rejects them: ${result.why}`);
    return true;
  }

  #pause(ms: number): void {
    clearTimeout(this.#timer);
    this.#pausing = true;
    this.#timer = setTimeout(() => this.#begin(), ms).unref();
  }

  #trim(): void {
    const over = this.#waiting.length - mostWaiting;
    if (over <= 0) return;
    this.#waiting.splice(0, over);
    this.#drop(over, 'the collector is slower than the traffic');
  }

  #drop(spans: number, why: string): void {
    if (spans === 0) return;
    this.#env.counts.dropped += spans;
    this.#tell(`Spans are dropped: ${why}; dropped since the start: ${this.#env.counts.dropped}`);
  }

  #tell(message: string): void {
    const now = this.#env.clock.now();
    if (now - this.#lastTold < tellMs) return;
    this.#lastTold = now;
    this.#env.log.warn(message);
  }
}
