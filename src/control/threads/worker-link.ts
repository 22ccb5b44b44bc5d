import { Worker } from 'node:worker_threads';

import type { Clock } from '../../core/clock.ts';
import { ProxyError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { SharedPlace, TellEvent } from '../../proxy/index.ts';
import { messageOf } from '../message-of.ts';
import { HeartbeatWatch } from './heartbeat-watch.ts';
import { unpackError, type CallMessage, type ThreadCall, type ThreadMessage } from './messages.ts';
import { PendingCalls } from './pending-calls.ts';

/**
 * What an exchange leaves behind dies young: a small nursery costs no more time (seen with 12 and with 192 MB), and a thread
 * does not grow by tens of MB in its first hours.
 */
const YOUNG_MB = 12;

/** Waits on one thread, in ms. Tests shorten them. */
export interface ThreadTimes {
  /** From starting the thread until it takes calls. */
  readonly startMs: number;
  /** Silence after which it counts as hung. */
  readonly silenceMs: number;
  /** From `terminate` until it is gone, where it hangs or has failed. */
  readonly terminateMs: number;
  /** Until it has taken a plan; default: 60 s. */
  readonly applyMs?: number;
  /** How long a thread with an uncaught error may live on, its own grace period of 10 s included. */
  readonly failingMs: number;
}

/** What the thread is told when it starts. */
export interface ThreadTask {
  readonly shared: SharedPlace;
}

export interface WorkerLinkOptions {
  readonly entry: URL;
  readonly name: string;
  /** The thread's part in what all threads share. */
  readonly shared: SharedPlace;
  readonly clock: Clock;
  readonly log: Logger;
  readonly times: ThreadTimes;
  /** Most of its heap; undefined: what V8 takes. */
  readonly heapMb?: number | undefined;
  /** Takes its spans; default: nobody. */
  readonly onSpans?: ((spans: readonly string[]) => void) | undefined;
  /** Takes what it has to say; default: nobody. */
  readonly onEvent?: TellEvent | undefined;
  /** The thread takes no calls any more: it ended, or is about to. Called at most once, and not after `end`. */
  readonly onLost: (reason: string) => void;
  /** The thread cannot be ended, so nothing but the end of the process helps. */
  readonly onStuck: (reason: string) => void;
}

/** As `terminateMs` of a thread that is ended though it does not hang: only a busy machine keeps it, and stopping in order is worth the wait. */
const orderlyEndMs = 12_000;

/** How often the heart is listened to, in ms. */
const watchEveryMs = 500;

/**
 * Main's side of one data thread.
 *
 *  STARTING --ready--> UP --uncaught error--> FAILING --drained, or too late--> GONE
 *     |                 |                                                        ^
 *     '-- too late -----'-- no heartbeat, `end`, or it ended by itself ----------'
 *
 * Only UP takes calls. Leaving it rejects all that wait, and tells `onLost` unless `end` was the cause.
 */
export class WorkerLink {
  readonly #options: WorkerLinkOptions;
  readonly #worker: Worker;
  readonly #calls = new PendingCalls((call) => this.#late(call));
  readonly #watch: HeartbeatWatch;
  readonly #ready = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  #state: 'starting' | 'up' | 'failing' | 'gone' = 'starting';
  #ending = false;
  #terminating = false;
  #reason = '';
  #watchTimer: NodeJS.Timeout | undefined;
  #lateTimer: NodeJS.Timeout | undefined;

  /** Starts the thread at once; calls may be made when `ready` has resolved. */
  constructor(options: WorkerLinkOptions) {
    this.#options = options;
    this.#watch = new HeartbeatWatch(
      { everyMs: watchEveryMs, silenceMs: options.times.silenceMs },
      options.clock.now(),
    );
    this.#worker = new Worker(options.entry, {
      name: options.name,
      workerData: { shared: options.shared } satisfies ThreadTask,
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_MB,
        ...(options.heapMb !== undefined && { maxOldGenerationSizeMb: options.heapMb }),
      },
    });
    this.#worker.on('message', (message: ThreadMessage) => this.#receive(message));
    this.#worker.on('messageerror', (error) => this.#lose(`it sent what cannot be read (${messageOf(error)})`));
    this.#worker.on('error', (error) => (this.#reason ||= messageOf(error)));
    this.#worker.on('exit', (code) => this.#exited(code));
    this.#lateTimer = setTimeout(() => this.#tooLate(), options.times.startMs);
  }

  /** Rejects with a ProxyError where the thread does not come up; nothing is left of it then. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** It takes calls. */
  get up(): boolean {
    return this.#state === 'up';
  }

  /** Resolves once the thread has ended. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /**
   * @param withinMs longest wait for the answer.
   * @throws {ProxyError} the thread's own, or `internal-error` where it is gone, does not answer or too many calls wait.
   */
  async call(call: ThreadCall, withinMs: number): Promise<unknown> {
    if (this.#state !== 'up') {
      throw new ProxyError('internal-error', `Cannot ask the data thread for "${call.call}": it has ended`);
    }
    const { id, answer } = this.#calls.open(call.call, withinMs);
    try {
      this.#worker.postMessage({ id, call } satisfies CallMessage);
    } catch (error) {
      this.#calls.fail(
        id,
        new ProxyError('internal-error', `Cannot send "${call.call}" to the data thread: ${messageOf(error)}`),
      );
    }
    return await answer;
  }

  /** Ends the thread now. Resolves when it is gone; `onStuck` is told where that takes too long. */
  async end(): Promise<void> {
    this.#ending = true;
    this.#terminate(Math.max(this.#options.times.terminateMs, orderlyEndMs));
    await this.#gone.promise;
  }

  #receive(message: ThreadMessage): void {
    this.#watch.beat();
    switch (message.kind) {
      case 'ready':
        return this.#up();
      case 'beat':
        return;
      case 'answer':
        return this.#calls.answer(message.id, message.value);
      case 'failure':
        return this.#calls.fail(message.id, unpackError(message.error));
      case 'log':
        return this.#options.log[message.level](message.message, { ...message.fields, thread: this.#options.name });
      case 'event':
        return this.#options.onEvent?.(message.event);
      case 'spans':
        return this.#options.onSpans?.(message.spans);
      case 'failing':
        return this.#failing(message.error.message);
    }
  }

  #up(): void {
    if (this.#state !== 'starting') return;
    this.#state = 'up';
    clearTimeout(this.#lateTimer);
    const beginning = this.#options.clock.now();
    this.#watch.tick(beginning);
    this.#watchTimer = setInterval(() => this.#listen(), watchEveryMs);
    this.#ready.resolve();
  }

  #listen(): void {
    if (!this.#watch.tick(this.#options.clock.now()) || this.#terminating) return;
    this.#reason = `it gave no sign of life for ${this.#options.times.silenceMs / 1000} s`;
    this.#options.log.error(`Cannot go on with ${this.#options.name}: ${this.#reason}, so it is ended`);
    this.#terminate();
  }

  #failing(reason: string): void {
    if (this.#state !== 'up') return;
    this.#lateTimer = setTimeout(() => this.#terminate(), this.#options.times.failingMs);
    this.#leave('failing', reason);
  }

  #lose(reason: string): void {
    this.#reason ||= reason;
    this.#terminate();
  }

  /** Whether it has taken a plan must be known: the next thread has the one in force. */
  #late(call: string): void {
    if (call === 'apply') this.#lose('it did not say in time whether it has taken a plan');
  }

  #tooLate(): void {
    this.#lose(`it did not come up within ${this.#options.times.startMs / 1000} s`);
  }

  #exited(code: number): void {
    clearTimeout(this.#lateTimer);
    clearInterval(this.#watchTimer);
    const reason = this.#reason || `it ended with code ${code}`;
    if (this.#state === 'starting') {
      this.#ready.reject(new ProxyError('internal-error', `Cannot start ${this.#options.name}: ${reason}`));
    }
    this.#leave('gone', reason);
    this.#gone.resolve();
  }

  #leave(state: 'failing' | 'gone', reason: string): void {
    const wasUp = this.#state === 'up';
    this.#state = state;
    this.#calls.failAll(reason);
    if (wasUp && !this.#ending) this.#options.onLost(reason);
  }

  #terminate(withinMs = this.#options.times.terminateMs): void {
    if (this.#terminating || this.#state === 'gone') return;
    this.#terminating = true;
    const { name, onStuck } = this.#options;
    clearTimeout(this.#lateTimer);
    this.#lateTimer = setTimeout(
      () => onStuck(`Cannot end ${name}: it is still there after ${withinMs / 1000} s`),
      withinMs,
    );
    void this.#worker.terminate();
  }
}
