import { execFile } from 'node:child_process';

import type { Logger } from '../../core/log.ts';
import { codeOf } from '../code-of.ts';
import { messageOf } from '../message-of.ts';

/** Longest that one message may take, in ms; the program itself waits 5 s for systemd to have read it. */
const sendMs = 10_000;

/** Messages that may wait. A watchdog's sign that comes when more wait is dropped: the next one says the same. */
const maxWaiting = 16;

/** Sends lines such as `READY=1` to the service manager. Rejects where that fails. */
export type SendState = (lines: readonly string[]) => Promise<void>;

export interface ServiceManagerOptions {
  readonly log: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Default: the program `systemd-notify`, since Node has no datagram sockets in the file system. */
  readonly send?: SendState;
}

/**
 * What the service manager (systemd, or another with its protocol) is told of this process: sd_notify(3). Without NOTIFY_SOCKET
 * in the environment nothing is, and every call does nothing. No call throws or waits.
 */
export class ServiceManager {
  readonly #log: Logger;
  readonly #send: SendState | undefined;
  readonly #watchdogMs: number;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #failed = false;

  constructor({ log, environment, send = runSystemdNotify }: ServiceManagerOptions) {
    this.#log = log;
    this.#send = environment['NOTIFY_SOCKET'] ? send : undefined;
    this.#watchdogMs = watchdogMs(environment);
  }

  /**
   * It takes connections, or a reload has ended.
   * @param status one line for people.
   * @param instead this process goes on for another one, and is the service from now on.
   */
  ready(status: string, instead = false): void {
    this.#say(['READY=1', `STATUS=${oneLine(status)}`, ...(instead ? [`MAINPID=${process.pid}`] : [])]);
  }

  reloading(): void {
    // The time is what newer versions want, and older ones ignore.
    this.#say(['RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`, 'STATUS=Loading the config again']);
  }

  /** An orderly stop begins. @param withinMs how long it may take: the manager is asked to be as patient. */
  stopping(withinMs: number): void {
    this.#stopWatchdog();
    this.#say(['STOPPING=1', `EXTEND_TIMEOUT_USEC=${Math.ceil(withinMs) * 1000}`, 'STATUS=Open requests may end']);
  }

  /** Another process is the service now: nothing is said any more. */
  leave(): void {
    this.#stopWatchdog();
  }

  /** Begins to tell the watchdog, where there is one, that all is well: at half of its time, and only while `alive` says so. */
  watch(alive: () => Promise<boolean>): void {
    if (this.#send === undefined || this.#watchdogMs === 0) return;
    this.#stopWatchdog();
    this.#timer = setInterval(() => void this.#beat(alive), this.#watchdogMs / 2).unref();
  }

  /** Resolves when all has been said. Never rejects. */
  async close(): Promise<void> {
    this.#stopWatchdog();
    await this.#last;
  }

  async #beat(alive: () => Promise<boolean>): Promise<void> {
    const timer = this.#timer;
    if ((await alive()) && timer === this.#timer) this.#say(['WATCHDOG=1']);
  }

  #stopWatchdog(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** One after the other: what is said last is what counts. */
  #say(lines: readonly string[]): void {
    const send = this.#send;
    if (send === undefined || this.#waiting >= maxWaiting) return;
    this.#waiting += 1;
    this.#last = this.#sayAfter(this.#last, send, lines);
  }

  /** Never rejects. */
  async #sayAfter(last: Promise<void>, send: SendState, lines: readonly string[]): Promise<void> {
    await last;
    try {
      await send(lines);
    } catch (error) {
      this.#complain(error);
    }
    this.#waiting -= 1;
  }

  /** Once: a manager that cannot be reached cannot be reached every ten seconds either. */
  #complain(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    const why = codeOf(error) === 'ENOENT' ? 'there is no program systemd-notify; install systemd' : messageOf(error);
    this.#log.error(`Cannot tell the service manager how it goes: ${why}`);
  }
}

/** 0: nobody watches this process. */
function watchdogMs(environment: Readonly<Record<string, string | undefined>>): number {
  const { WATCHDOG_USEC: usec, WATCHDOG_PID: pid } = environment;
  // The parent's as well: on an old Node, bin/postern.js runs as the parent of this process.
  if (pid !== undefined && pid !== String(process.pid) && pid !== String(process.ppid)) return 0;
  const ms = Number(usec) / 1000;
  return ms >= 1 && ms <= 86_400_000 ? ms : 0;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 500);
}

function runSystemdNotify(lines: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('systemd-notify', ['--', ...lines], { timeout: sendMs, killSignal: 'SIGKILL' }, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}
