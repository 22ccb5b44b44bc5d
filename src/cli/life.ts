import type { OwnLog } from '../control/log/own-log.ts';
import type { RunningPostern } from '../control/running-postern.ts';
import { messageOf } from '../control/message-of.ts';
import { ExitCode } from './exit-code.ts';

/** Ctrl-C reaches every process of the terminal, and npm passes it on once more: within so long, in ms, it is one. */
const oneInterruptMs = 300;

type Handlers = Readonly<Record<string, (...values: unknown[]) => void>>;

/**
 * The life of a Postern that owns its process: what signals do, and what happens to errors that nobody caught.
 *
 * SIGHUP reloads, SIGUSR1 opens the logs anew, SIGTERM and SIGINT begin an orderly stop, and a second one stops now.
 * Before the start is complete they are kept, so that none is lost and none kills.
 */
export class Life {
  readonly #log: OwnLog;
  readonly #handlers: Handlers;
  readonly #endNow: () => void;
  #postern: RunningPostern | undefined;
  #stopAsked = false;
  #reloadAsked = false;
  #interruptedAt = -Infinity;
  #code: ExitCode = ExitCode.Fine;

  /** @param endNow ends the process at once, where there is nothing to stop in order. */
  constructor(log: OwnLog, endNow: () => void) {
    this.#log = log;
    this.#endNow = endNow;
    this.#handlers = {
      SIGHUP: () => this.#reload(),
      SIGUSR1: () => void this.#postern?.reopenLogs(),
      SIGTERM: () => this.#stop('SIGTERM'),
      SIGINT: () => this.#interrupt(),
      uncaughtException: (error) => this.#uncaught(error),
      unhandledRejection: (error) => this.#unhandled(error),
    };
    for (const [event, handler] of Object.entries(this.#handlers)) process.on(event, handler);
  }

  /** What the process is to end with. */
  get code(): ExitCode {
    return this.#code;
  }

  /** The start is complete: what was asked for meanwhile is done now. */
  attach(postern: RunningPostern): void {
    this.#postern = postern;
    if (this.#stopAsked) void postern.stop();
    else if (this.#reloadAsked) void postern.reload();
  }

  /** Signals do again what they do to any process. */
  release(): void {
    for (const [event, handler] of Object.entries(this.#handlers)) process.off(event, handler);
  }

  #reload(): void {
    this.#log.info('SIGHUP: loading the config again');
    this.#reloadAsked = true;
    void this.#postern?.reload();
  }

  #interrupt(): void {
    const now = performance.now();
    const again = now - this.#interruptedAt < oneInterruptMs;
    this.#interruptedAt = now;
    if (!again) this.#stop('SIGINT');
  }

  #stop(signal: string): void {
    if (!this.#stopAsked) {
      this.#log.info(`${signal}: stopping in order; once more stops now`);
      this.#stopAsked = true;
      void this.#postern?.stop();
      return;
    }
    this.#log.warn(`${signal} once more: stopping now`);
    this.#code = ExitCode.Runtime;
    if (this.#postern === undefined) this.#endNow();
    else void this.#postern.stop({ now: true });
  }

  /** Nobody knows what was left half done: the traffic ends in order, then the process. */
  #uncaught(error: unknown): void {
    this.#log.error(`Cannot go on, because of a fault in Postern: ${messageOf(error)}`, { stack: stackOf(error) });
    this.#code = ExitCode.Runtime;
    if (this.#postern === undefined) this.#endNow();
    else void this.#postern.stop();
  }

  /** One task of the control plane failed and nobody waited for it: the others go on. */
  #unhandled(error: unknown): void {
    this.#log.error(`A fault in Postern: ${messageOf(error)}; going on`, { stack: stackOf(error) });
  }
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
