import fs from 'node:fs';

import type { BodySink, BodySource } from '../../../core/body.ts';
import { ProxyError } from '../../../core/errors.ts';
import type { ByteRange } from './byte-range.ts';

/** Read at a time: what waits for a slow client is no more than this. */
const READ_BYTES = 65_536;

/**
 * Bytes of an open file on their way to a client. It owns the descriptor, and closes it however it ends.
 *
 *            start()           last byte, cancel(), or an error
 *  UNREAD -----------> READING <----------> WAITING -----------> OVER
 *
 * (1) One read is under way at a time, and the descriptor is closed only when none is: its number could be another file's by
 *     the time the read is done.
 * (2) What was announced is what comes: a file that grows is cut there, one that shrinks breaks the answer off.
 */
export class FileBody implements BodySource {
  readonly length: number;
  readonly #fd: number;
  #at: number;
  #left: number;
  #buffer: Buffer | undefined;
  #sink: BodySink | undefined;
  #reading = false;
  /** The sink asked to wait. */
  #waiting = false;
  #over = false;

  constructor(fd: number, { start, length }: ByteRange) {
    this.#fd = fd;
    this.length = length;
    this.#at = start;
    this.#left = length;
  }

  start(sink: BodySink): void {
    if (this.#over || this.#sink) return;
    this.#sink = sink;
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(this.#left, READ_BYTES));
    this.#read();
  }

  resume(): void {
    if (!this.#waiting || this.#over) return;
    this.#waiting = false;
    this.#read();
  }

  cancel(): void {
    this.#finish();
  }

  #read(): void {
    const buffer = this.#buffer!;
    this.#reading = true;
    fs.read(this.#fd, buffer, 0, Math.min(this.#left, buffer.length), this.#at, (error, count) => {
      this.#reading = false;
      if (this.#over) return this.#close();
      this.#took(error, count);
    });
  }

  #took(error: Error | null, count: number): void {
    if (error !== null || count === 0) return this.#fail(error);
    this.#at += count;
    this.#left -= count;
    const sink = this.#sink!;
    const ready = sink.write(this.#buffer!.subarray(0, count));
    if (this.#over) return; // Cancelled from within `write`.
    if (this.#left === 0) {
      this.#finish();
      return sink.end();
    }
    if (ready) return this.#read();
    this.#waiting = true;
    sink.flush();
  }

  #fail(cause: Error | null): void {
    const sink = this.#sink!;
    const why = cause === null ? 'it is shorter than when it was opened' : cause.message;
    this.#finish();
    sink.abort(new ProxyError('file-failed', `Cannot read the rest of the file: ${why}`, { cause }));
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    if (!this.#reading) this.#close();
  }

  #close(): void {
    this.#buffer = undefined;
    fs.close(this.#fd, nothing);
  }
}

function nothing(): void {
  // Nobody could do anything about a descriptor that cannot be closed.
}
