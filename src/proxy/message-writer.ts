import type net from 'node:net';
import type { BodySink, BodySource } from '../core/body.ts';
import { FRAMING_BYTES, READ_BYTES } from '../core/buffer-pool.ts';
import type { ProxyError } from '../core/errors.ts';
import type { Headers } from '../core/headers.ts';
import { latin1Slice, latin1Write } from '../core/latin1.ts';
import { CHUNKED } from '../wire/http1/framing.ts';
import { chunkStart, lastChunk } from '../wire/http1/serialise.ts';
import { SocketWriter, type SocketWriterOwner, type WriterEnv } from './socket-writer.ts';

/** Up to this many body bytes leave in one string with the head: cheaper than a second buffer in the system call. */
const JOIN_BYTES = 4096;

/** Whose messages a writer writes: a connection to a client or to a server. */
export interface WriterOwner {
  /** The whole message has been handed to the kernel or waits behind what has. */
  messageSent(): void;
  /** The source broke off: what was sent is not the whole message. */
  messageBroken(error: ProxyError): void;
  /** All that waited has left: there is room for more. Not called in the middle of a message, where the source is resumed. */
  drained(): void;
  /** The peer took no byte for `stallMs`. */
  writeStalled(): void;
}

/**
 * Writes HTTP/1 messages to one socket, one after the other; the sink of their bodies.
 *
 * The head waits for the first body bytes, so that a small answer is one string and one system call. A larger chunk is
 * copied with its framing into one buffer of the pool, because it is only lent to us and the kernel may not take it at once.
 * What the kernel has not taken is bounded by one read of the source: `write` then returns false.
 */
export class MessageWriter implements BodySink, SocketWriterOwner {
  readonly #env: WriterEnv;
  readonly #owner: WriterOwner;
  readonly #out: SocketWriter;
  /** Head, framing and small chunks, as bytes in a string, that have not been written. */
  #text = '';
  #length = 0;
  #source: BodySource | undefined;
  #open = false;
  /** Body bytes of the current message, framing not counted. */
  bytes = 0;

  constructor(socket: net.Socket, owner: WriterOwner, env: WriterEnv, stallMs: number) {
    this.#owner = owner;
    this.#env = env;
    this.#out = new SocketWriter(socket, this, env, stallMs);
  }

  /** A wait longer than this without a byte taken ends in `writeStalled`. */
  set stallMs(ms: number) {
    this.#out.stallMs = ms;
  }

  /** The kernel does not take what was written. */
  get backedUp(): boolean {
    return this.#out.backedUp;
  }

  /** True between `begin` and the end of the message. */
  get open(): boolean {
    return this.#open;
  }

  /** Writes a message of its own, without a body, that does not end the exchange: a 1xx. */
  inform(head: string): void {
    this.#text += head;
    this.flush();
  }

  /**
   * Starts a message. `length` is the body's: a number of bytes, CHUNKED, or UNTIL_CLOSE (bytes as they are).
   * Without a source the message ends with its head.
   */
  begin(head: string, length: number, source: BodySource | undefined): void {
    this.#text += head;
    this.#length = length;
    this.#source = source;
    this.#open = true;
    this.bytes = 0;
    if (source) source.start(this);
    else this.end();
  }

  write(chunk: Buffer): boolean {
    if (!this.#open || chunk.length === 0) return !this.#out.backedUp;
    this.bytes += chunk.length;
    if (chunk.length <= JOIN_BYTES && this.#text.length <= JOIN_BYTES) this.#join(chunk);
    else
      for (let at = 0; at < chunk.length; at += READ_BYTES)
        this.#writeCopy(chunk, at, Math.min(chunk.length, at + READ_BYTES));
    return !this.#out.backedUp;
  }

  flush(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#out.text(text);
  }

  end(trailers?: Headers): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.#length === CHUNKED) this.#text += lastChunk(trailers);
    this.flush();
    this.#source = undefined;
    this.#owner.messageSent();
  }

  abort(error: ProxyError): void {
    if (!this.#open) return;
    this.flush();
    this.#open = false;
    this.#source = undefined;
    this.#owner.messageBroken(error);
  }

  /** The message is given up from this side: its source is told, the owner is not. */
  cancel(error: ProxyError): void {
    if (!this.#open) return;
    this.#open = false;
    const source = this.#source;
    this.#source = undefined;
    source?.cancel(error);
  }

  /** The socket has gone: no timer of ours outlives it. */
  dispose(): void {
    this.#out.dispose();
    this.#text = '';
  }

  roomAgain(): void {
    if (this.#open) this.#source?.resume();
    else this.#owner.drained();
  }

  writeStalled(): void {
    this.#owner.writeStalled();
  }

  #join(chunk: Buffer): void {
    const bytes = latin1Slice(chunk, 0, chunk.length);
    this.#text += this.#length === CHUNKED ? `${chunkStart(chunk.length)}${bytes}\r\n` : bytes;
  }

  #writeCopy(chunk: Buffer, from: number, to: number): void {
    const text = this.#length === CHUNKED ? this.#text + chunkStart(to - from) : this.#text;
    this.#text = text;
    if (text.length > FRAMING_BYTES - 2) this.flush();
    const buffer = this.#env.buffers.take();
    let end = this.#text === '' ? 0 : latin1Write(buffer, this.#text, 0);
    this.#text = '';
    end += chunk.copy(buffer, end, from, to);
    if (this.#length === CHUNKED) end += latin1Write(buffer, '\r\n', end);
    this.#out.page(buffer, end);
  }
}
