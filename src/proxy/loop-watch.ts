import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late the event loop was, in ms: over the last minute or two. */
export interface LoopDelay {
  readonly mean: number;
  readonly p99: number;
  readonly max: number;
}

/** How often the loop is asked, in ms: what is shorter than this is not seen. */
const resolution = 20;

const windowMs = 60_000;

const none: LoopDelay = { mean: 0, p99: 0, max: 0 };

/** In ms, without the timer's own distance. */
function late(nanoseconds: number): number {
  return Math.max(0, Math.round(nanoseconds / 1e4) / 100 - resolution);
}

/** Watches how late a thread's event loop is, by a timer of the system's own. */
export class LoopWatch {
  #histogram: ReturnType<typeof monitorEventLoopDelay> | undefined;
  #since = 0;
  #last: LoopDelay = none;

  start(now: number): void {
    if (this.#histogram !== undefined) return;
    this.#histogram = monitorEventLoopDelay({ resolution });
    this.#histogram.enable();
    this.#since = now;
  }

  stop(): void {
    this.#histogram?.disable();
    this.#histogram = undefined;
  }

  /** The worse of the window that goes on and the one before it. */
  delay(now: number): LoopDelay {
    const current = this.#read();
    const worse: LoopDelay = {
      mean: Math.max(current.mean, this.#last.mean),
      p99: Math.max(current.p99, this.#last.p99),
      max: Math.max(current.max, this.#last.max),
    };
    if (now - this.#since < windowMs) return worse;
    this.#last = current;
    this.#since = now;
    this.#histogram?.reset();
    return worse;
  }

  #read(): LoopDelay {
    const histogram = this.#histogram;
    if (histogram === undefined || histogram.count === 0) return none;
    return { mean: late(histogram.mean), p99: late(histogram.percentile(99)), max: late(histogram.max) };
  }
}
