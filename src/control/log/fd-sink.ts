import { write, writeSync } from 'node:fs';

import type { LineSink } from './own-log.ts';

/** Bytes that wait for a slow reader; lines past this are dropped and counted. */
const maxWaitingBytes = 1024 * 1024;

/** A descriptor that is full is tried again after so long, in ms. */
const retryMs = 50;

/** A write that takes longer than this has a reader that hangs: last words would hang with it. In ms. */
const hungMs = 200;

/**
 * Writes lines to a file descriptor off the event loop, in order. A reader that is slow, or has gone, costs lines and
 * never stalls the process: Node's own `process.stderr` blocks on a full pipe.
 */
export class FdSink implements LineSink {
  readonly #fd: number;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #pumping = false;
  #writingSince = 0;
  #flushed: (() => void)[] = [];

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(line: string): void {
    if (this.#waitingBytes + line.length > maxWaitingBytes) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#pumping) return;
    this.#pumping = true;
    // Not at once: what is written in the same turn goes in one call, and `flushSync` finds it here.
    setImmediate(() => this.#pump());
  }

  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /** Resolves once all is written, or after `withinMs`. Never rejects. */
  async flush(withinMs: number): Promise<void> {
    if (!this.#pumping) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#flushed.push(resolve);
    const late = setTimeout(resolve, withinMs);
    await promise;
    clearTimeout(late);
  }

  /** Writes what waits before it returns, unless the reader hangs: for the last words of a dying process. */
  flushSync(): void {
    if (this.#writingSince > 0 && performance.now() - this.#writingSince > hungMs) return;
    try {
      writeSync(this.#fd, this.#takeAll());
    } catch {
      // The reader has gone, or is full: nobody is left to be told.
    }
  }

  #takeAll(): Buffer {
    const bytes = Buffer.from(this.#waiting.join(''));
    this.#waiting = [];
    this.#waitingBytes = 0;
    return bytes;
  }

  #pump(): void {
    if (this.#waiting.length > 0) return this.#send(this.#takeAll());
    this.#pumping = false;
    const flushed = this.#flushed;
    this.#flushed = [];
    flushed.forEach((tell) => tell());
  }

  #send(bytes: Buffer): void {
    this.#writingSince = performance.now();
    write(this.#fd, bytes, (error, written) => {
      this.#writingSince = 0;
      if (error?.code === 'EAGAIN') return void setTimeout(() => this.#send(bytes), retryMs).unref();
      if (error === null && written < bytes.length) return this.#send(bytes.subarray(written));
      if (error !== null) this.#dropped += 1; // Gone or full for good: the lines are lost, the next ones may not be.
      this.#pump();
    });
  }
}
