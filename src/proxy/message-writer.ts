import type net from 'node:net';
import type { BodySink, BodySource } from '../core/body.ts';
import { FRAMING_BYTES, READ_BYTES, type BufferPool } from '../core/buffer-pool.ts';
import type { ProxyError } from '../core/errors.ts';
import type { Headers } from '../core/headers.ts';
import { latin1Slice, latin1Write } from '../core/latin1.ts';
import type { LoopClock } from '../core/loop-clock.ts';
import { pendingWriteBytes } from '../core/raw-socket.ts';
import { Deadline, type TimerWheel } from '../core/timer-wheel.ts';
import { CHUNKED } from '../wire/http1/framing.ts';
import { chunkStart, lastChunk } from '../wire/http1/serialise.ts';

/** Up to this many body bytes leave in one string with the head: cheaper than a second buffer in the system call. */
const JOIN_BYTES = 4096;

/**
 * A TLS socket says that it has written in a later turn, however ready the peer is: so little that waits there says nothing of
 * the peer. It is looked at after `stallMs`, like all else that waits.
 */
const TLS_WAITING_BYTES = 16_384;

const NOTHING = Buffer.alloc(0);

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

/** What all connections of a thread share, to clients and to servers. */
export interface WriterEnv {
  readonly clock: LoopClock;
  readonly wheel: TimerWheel;
  readonly buffers: BufferPool;
  /** Something threw that cannot: it is told, and ends no more than its connection. */
  bug(error: unknown): void;
}

/**
 * Writes HTTP/1 messages to one socket, one after the other; the sink of their bodies.
 *
 * The head waits for the first body bytes, so that a small answer is one string and one system call. A larger chunk is
 * copied with its framing into one buffer of the pool, because it is only lent to us and the kernel may not take it at once.
 * What the kernel has not taken is bounded by one read of the source: `write` then returns false.
 */
export class MessageWriter implements BodySink {
  readonly #socket: net.Socket;
  readonly #env: WriterEnv;
  readonly #owner: WriterOwner;
  /** Head, framing and small chunks, as bytes in a string, that have not been written. */
  #text = '';
  #length = 0;
  #source: BodySource | undefined;
  #open = false;
  #backedUp = false;
  /** Buffers that a write may still refer to. */
  #lent: Buffer[] | undefined;
  #stall: Deadline | undefined;
  #pendingAtLastLook = 0;
  /** The stall's deadline is set though we are not backed up. */
  #watching = false;
  readonly #mayWait: number;
  /** A wait longer than this without a byte taken ends in `writeStalled`. */
  stallMs: number;
  /** Body bytes of the current message, framing not counted. */
  bytes = 0;

  constructor(socket: net.Socket, owner: WriterOwner, env: WriterEnv, stallMs: number) {
    this.#socket = socket;
    this.#owner = owner;
    this.#env = env;
    this.stallMs = stallMs;
    this.#mayWait = 'encrypted' in socket ? TLS_WAITING_BYTES : 0;
  }

  /** The kernel does not take what was written. */
  get backedUp(): boolean {
    return this.#backedUp;
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
    if (!this.#open || chunk.length === 0) return !this.#backedUp;
    this.bytes += chunk.length;
    if (chunk.length <= JOIN_BYTES && this.#text.length <= JOIN_BYTES) this.#join(chunk);
    else
      for (let at = 0; at < chunk.length; at += READ_BYTES)
        this.#writeCopy(chunk, at, Math.min(chunk.length, at + READ_BYTES));
    return !this.#backedUp;
  }

  flush(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#socket.write(text, 'latin1');
    this.#afterWrite();
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

  /** The socket has gone: no timer of ours outlives it. Buffers that libuv may still hold are left to the collector. */
  dispose(): void {
    this.#stall?.clear();
    this.#lent = undefined;
    this.#text = '';
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
    this.#socket.write(buffer.subarray(0, end));
    if (this.#socket.writableLength === 0) this.#env.buffers.give(buffer);
    else (this.#lent ??= []).push(buffer);
    this.#afterWrite();
  }

  /** Node has written what the kernel takes when `write` returns: what is left shows in `writableLength`. */
  #afterWrite(): void {
    const waiting = this.#socket.writableLength;
    if (this.#backedUp || waiting === 0) return;
    if (waiting < this.#mayWait && this.#lent === undefined) return this.#watch();
    this.#backedUp = true;
    // An empty write behind the waiting ones tells when they have left: the usual write needs no callback.
    this.#socket.write(NOTHING, (error) => this.#drained(error ?? undefined));
    this.#lookAgain(this.#pending());
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#lookAgain(-1); // Unlike what any look finds: what comes later may wait as long.
  }

  #lookAgain(pending: number): void {
    this.#stall ??= new Deadline(() => this.#lookForProgress());
    this.#pendingAtLastLook = pending;
    this.#env.wheel.set(this.#stall, this.stallMs);
  }

  #drained(error: Error | undefined): void {
    this.#env.clock.refresh();
    this.#backedUp = false;
    this.#watching = false;
    this.#stall?.clear();
    if (error) return; // The socket's own 'close' ends the message.
    if (this.#socket.writableLength > 0) return this.#afterWrite(); // What was written behind the empty write still waits.
    for (const buffer of this.#lent ?? []) this.#env.buffers.give(buffer);
    this.#lent = undefined;
    if (this.#open) this.#source?.resume();
    else this.#owner.drained();
  }

  #lookForProgress(): void {
    this.#watching = this.#socket.writableLength > 0;
    if (!this.#watching) return;
    const pending = this.#pending();
    if (pending === this.#pendingAtLastLook) return this.#owner.writeStalled();
    this.#lookAgain(pending);
  }

  #pending(): number {
    return pendingWriteBytes(this.#socket) ?? this.#socket.writableLength;
  }
}
