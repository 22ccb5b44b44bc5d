import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { Exchange } from '../exchange.ts';
import type { AccessLogFormat, AccessLogPlan } from '../plan.ts';
import { BatchWriter } from './batch-writer.ts';
import { DropWarnings } from './drop-warnings.ts';
import { combinedFormat } from './format-combined.ts';
import { jsonFormat } from './format-json.ts';
import { prtgFormat } from './format-prtg.ts';
import { batchBytes, LineBuffer } from './line-buffer.ts';
import type { LineFormat } from './line-format.ts';
import { Masker } from './mask.ts';
import { openSink } from './open-sink.ts';
import type { Sink } from './sink.ts';

/** What the log needs from outside. */
export interface AccessLogEnv {
  readonly clock: Clock;
  readonly log: Logger;
}

const formats: Readonly<Record<AccessLogFormat, () => LineFormat>> = {
  json: jsonFormat,
  combined: combinedFormat,
  prtg: prtgFormat,
};

/** Lines wait so long at most while nothing hinders them. */
const flushMs = 200;
/** Lines that wait for a slow disk or reader; past it they are dropped and counted. */
const maxWaitingBytes = 4 * 1024 * 1024;
/** Exchanges whose lines are formatted together at most. */
const maxEnded = 256;
/** How long `close` waits for a reader that takes nothing. */
const closeMs = 2000;
/** And then for what is under way to be given up. */
const giveUpMs = 100;

/**
 * Opens the file, pipe or standard output that the plan names.
 * @throws {Error} in words, where it cannot be opened.
 */
export async function openAccessLog(plan: AccessLogPlan, env: AccessLogEnv): Promise<AccessLog> {
  return new AccessLog(plan, await openSink(plan.to), env);
}

/**
 * Writes a line for each exchange, off the way of traffic: nothing here blocks, and what cannot be written is dropped,
 * counted and told of. Any number of logs, in any threads, may append to one file.
 */
export class AccessLog {
  readonly plan: AccessLogPlan;
  /** Lines handed to the system. */
  written = 0;
  /** Lines lost: no room, an error, or too late. */
  dropped = 0;

  readonly #env: AccessLogEnv;
  readonly #format: LineFormat;
  readonly #mask: Masker;
  readonly #buffer = new LineBuffer(maxWaitingBytes);
  readonly #writer: BatchWriter;
  readonly #warnings: DropWarnings;
  readonly #ended: Exchange[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #reopening: Promise<void> = Promise.resolve();
  #nextReopening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** Takes the sink over and closes it in the end. */
  constructor(plan: AccessLogPlan, sink: Sink, env: AccessLogEnv) {
    this.plan = plan;
    this.#env = env;
    this.#format = formats[plan.format]();
    this.#mask = new Masker(plan.mask);
    this.#writer = new BatchWriter(sink);
    this.#warnings = new DropWarnings(env.log, plan.to.kind === 'file' ? plan.to.path : 'stdout');
  }

  /**
   * Takes a finished exchange, in which nothing changes any more, and writes its line. Never throws, never waits.
   *
   * The lines of one turn of the event loop are formatted together at its end: in between, the processor's caches have
   * forgotten how by the next exchange, and a line costs twice as much.
   */
  record(exchange: Exchange): void {
    if (this.#closing !== undefined) return this.#drop(1, 'the log is closed');
    const ended = this.#ended.push(exchange);
    if (ended === 1) setImmediate(this.#formatEnded);
    else if (ended === maxEnded) this.#formatEnded();
  }

  /** Opens the file anew by its name, after it was renamed. No line is lost or doubled; on failure the old one is kept. */
  reopen(): Promise<void> {
    // Whoever asks while an opening runs gets one that begins later: the file may have been renamed in between.
    this.#nextReopening ??= this.#reopening.then(() => {
      this.#nextReopening = undefined;
      this.#reopening = this.#reopen();
      return this.#reopening;
    });
    return this.#nextReopening;
  }

  /** Writes what waits and closes; gives up after 2 s. Later lines are dropped. */
  close(): Promise<void> {
    if (this.#closing === undefined) this.#formatEnded();
    this.#closing ??= this.#close();
    return this.#closing;
  }

  readonly #formatEnded = (): void => {
    for (const exchange of this.#ended) this.#add(exchange);
    this.#ended.length = 0;
    if (this.#writing === undefined && this.#buffer.waitingBytes > 0) this.#schedule();
  };

  #add(exchange: Exchange): void {
    try {
      const { clock } = this.#env;
      const line = this.#format(exchange, clock.date() - (clock.now() - exchange.timings.started), this.#mask);
      if (!this.#buffer.add(line)) this.#drop(1, 'the disk or the reader is slower than the traffic');
    } catch (error) {
      this.#drop(1, String(error));
    }
  }

  #schedule(): void {
    if (this.#buffer.waitingBytes >= batchBytes) this.#flush();
    else this.#timer ??= setTimeout(this.#flush, flushMs).unref();
  }

  readonly #flush = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#buffer.waitingBytes > 0) this.#writing ??= this.#write();
  };

  /** Goes on while there are full batches: what is left then may wait for more. */
  async #write(): Promise<void> {
    do {
      const batch = this.#buffer.take();
      if (batch === undefined) break;
      // oxlint-disable-next-line no-await-in-loop -- one write at a time, in order
      const { lost, cause } = await this.#writer.put(batch);
      this.written += batch.lines - lost;
      if (lost > 0) this.#drop(lost, String(cause));
      this.#buffer.giveBack(batch);
    } while (this.#buffer.waitingBytes >= batchBytes);
    this.#writing = undefined;
    if (this.#buffer.waitingBytes > 0) this.#schedule();
  }

  async #reopen(): Promise<void> {
    if (this.plan.to.kind === 'stdout' || this.#closing !== undefined) return;
    try {
      await this.#writer.replace(await openSink(this.plan.to));
    } catch (error) {
      this.#env.log.warn(`${String(error)}; still writing to the file that was open`);
    }
  }

  async #close(): Promise<void> {
    const finished = this.#finish();
    await within(closeMs, finished);
    this.#writer.stop();
    void this.#writer.close();
    await within(giveUpMs, finished);
    for (let rest = this.#buffer.take(); rest !== undefined; rest = this.#buffer.take()) {
      this.#drop(rest.lines, 'the reader takes nothing more');
    }
    this.#warnings.end();
  }

  async #finish(): Promise<void> {
    await this.#reopening;
    while (this.#writing !== undefined || this.#buffer.waitingBytes > 0) {
      this.#flush();
      // oxlint-disable-next-line no-await-in-loop -- lines that came meanwhile are the next turn's
      await this.#writing;
    }
    clearTimeout(this.#timer);
    await this.#writer.close();
  }

  #drop(lines: number, cause: string): void {
    this.dropped += lines;
    this.#warnings.add(lines, cause);
  }
}

/** Resolves with `work`, or after `ms`; the timer keeps the event loop alive while the last lines are on their way. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise: tooLate, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, tooLate]);
  clearTimeout(timer);
}
