import type net from 'node:net';
import { latin1Slice } from '../../core/latin1.ts';
import { FrameWriter } from '../../wire/http2/frame-writer.ts';
import { SocketWriter, type SocketWriterOwner, type WriterEnv } from '../socket-writer.ts';
import type { Flushable, FlushQueue } from './flush-queue.ts';

/** What all HTTP/2 connections of a thread share. */
export interface SessionEnv extends WriterEnv {
  readonly flushes: FlushQueue;
  /** For `HpackDecoder`: of `hpackScratchBytes(BLOCK_BYTES)`. */
  readonly hpackScratch: Buffer;
}

/** Up to here bytes leave as a string, which nobody has to keep until the kernel has taken them. */
const TEXT_BYTES = 16_384;

/**
 * The frames that one connection sends, those of all its streams one behind the other: what comes together in a turn of the event
 * loop is one write.
 */
export class FrameOutput implements Flushable {
  readonly #env: SessionEnv;
  readonly #out: SocketWriter;
  #page: FrameWriter | undefined;
  #queued = false;
  #disposed = false;
  /** Pages so far: a place in a page means nothing once this has changed. */
  pages = 0;

  /** @param stallMs a wait longer than this without a byte taken ends in `writeStalled`. */
  constructor(socket: net.Socket, owner: SocketWriterOwner, env: SessionEnv, stallMs: number) {
    this.#env = env;
    this.#out = new SocketWriter(socket, owner, env, stallMs);
  }

  set stallMs(ms: number) {
    this.#out.stallMs = ms;
  }

  /** The kernel does not take what was written: who has more should keep it. */
  get backedUp(): boolean {
    return this.#out.backedUp;
  }

  /** Bytes that have not left. */
  get waiting(): number {
    return this.#out.waiting + (this.#page?.end ?? 0);
  }

  /** Where to write frames of so many bytes together, heads and all. They leave at the end of the turn, or by `leave`. */
  frames(bytes: number): FrameWriter {
    if (this.#page !== undefined) {
      if (this.#page.room >= bytes) return this.#page;
      this.leave();
    }
    const pooled = this.#env.buffers.take();
    const fits = bytes <= pooled.length;
    if (!fits) this.#env.buffers.give(pooled);
    this.#page = new FrameWriter(fits ? pooled : Buffer.allocUnsafeSlow(bytes));
    if (!this.#queued && !this.#disposed) {
      this.#queued = true;
      this.#env.flushes.add(this);
    }
    return this.#page;
  }

  /** The turn ends. */
  flush(): void {
    this.#queued = false;
    this.leave();
  }

  /** What has been written so far leaves now. */
  leave(): void {
    const page = this.#page;
    if (page === undefined) return;
    this.#page = undefined;
    this.pages++;
    if (this.#disposed || page.end === 0) return this.#env.buffers.give(page.buffer);
    if (page.end > TEXT_BYTES) return this.#out.page(page.buffer, page.end);
    const text = latin1Slice(page.buffer, 0, page.end);
    this.#env.buffers.give(page.buffer);
    this.#out.text(text);
  }

  /** The socket has gone: what is still written goes nowhere. */
  dispose(): void {
    this.#disposed = true;
    this.#out.dispose();
    this.leave();
  }
}
