import type net from 'node:net';
import type { BufferPool } from '../core/buffer-pool.ts';
import type { LoopClock } from '../core/loop-clock.ts';
import { pendingWriteBytes } from '../core/raw-socket.ts';
import { Deadline, type TimerWheel } from '../core/timer-wheel.ts';

/**
 * A TLS socket says that it has written in a later turn, however ready the peer is: so little that waits there says nothing of
 * the peer. It is looked at after `stallMs`, like all else that waits.
 */
const TLS_WAITING_BYTES = 16_384;

const NOTHING = Buffer.alloc(0);

/** Whose bytes a writer writes. */
export interface SocketWriterOwner {
  /** All that waited has left: there is room for more. */
  roomAgain(): void;
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

/** Writes to one socket, and knows whether its peer takes what was written. */
export class SocketWriter {
  readonly #socket: net.Socket;
  readonly #owner: SocketWriterOwner;
  readonly #env: WriterEnv;
  readonly #mayWait: number;
  #backedUp = false;
  /** Buffers that a write may still refer to. */
  #lent: Buffer[] | undefined;
  #stall: Deadline | undefined;
  #pendingAtLastLook = 0;
  /** The stall's deadline is set though we are not backed up. */
  #watching = false;
  /** A wait longer than this without a byte taken ends in `writeStalled`. */
  stallMs: number;

  constructor(socket: net.Socket, owner: SocketWriterOwner, env: WriterEnv, stallMs: number) {
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

  /** Bytes that the kernel has not taken; of a TLS socket also those that it has not told us about. */
  get waiting(): number {
    return this.#socket.writableLength;
  }

  /** Writes bytes that stand in a string. */
  text(text: string): void {
    this.#socket.write(text, 'latin1');
    this.#afterWrite();
  }

  /** Writes the first bytes of a buffer of the pool, and gives it back when no write refers to it any more. */
  page(buffer: Buffer, length: number): void {
    this.#socket.write(buffer.subarray(0, length));
    if (this.#socket.writableLength === 0) this.#env.buffers.give(buffer);
    else (this.#lent ??= []).push(buffer);
    this.#afterWrite();
  }

  /** The socket has gone: no timer of ours outlives it. Buffers that libuv may still hold are left to the collector. */
  dispose(): void {
    this.#stall?.clear();
    this.#lent = undefined;
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
    this.#owner.roomAgain();
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
