import type net from 'node:net';
import type { LoopClock } from '../core/loop-clock.ts';

/** The state machine that a connection's bytes go to. */
export interface IntakeOwner {
  /** May bytes be taken now? Asked before each step. */
  wantsBytes(): boolean;
  /** While no bytes are wanted: read on, to notice what the peer does, and keep a bounded amount? */
  readsAhead(): boolean;
  /** Takes one thing (a head, a piece of a body) from `chunk[at..]`. @returns the offset behind it. May throw. */
  takeBytes(chunk: Buffer, at: number): number;
  /** What was there has been worked off: what was held back to be joined must leave. */
  bytesTaken(): void;
  /** Nothing more can be taken now: what `waiting` says holds again. */
  rested(): void;
  /** `takeBytes` threw. The rest of what was there is dropped. */
  refuseBytes(error: unknown): void;
}

/** Bytes that a peer may send ahead of what is wanted before reading stops. */
const AHEAD_BYTES = 16_384;

/**
 * Brings a socket's bytes to a state machine as far as it wants them, and keeps the rest: at most AHEAD_BYTES and one read.
 *
 * (1) A chunk from the socket is lent, so what is kept is copied; on the usual way nothing is.
 * (2) `takeBytes` is never entered while it runs: what happens meanwhile is seen by the loop that is running.
 */
export class Intake {
  readonly #socket: net.Socket;
  readonly #owner: IntakeOwner;
  readonly #clock: LoopClock;
  #ahead: Buffer | undefined;
  #at = 0;
  #running = false;
  #paused = false;

  constructor(socket: net.Socket, owner: IntakeOwner, clock: LoopClock) {
    this.#socket = socket;
    this.#owner = owner;
    this.#clock = clock;
  }

  /** Bytes wait that nobody wanted yet; while some are being taken, there may be more behind them. */
  get waiting(): boolean {
    return this.#ahead !== undefined || this.#running;
  }

  /** For the socket: @returns false to pause reading. */
  onBytes(chunk: Buffer): boolean {
    this.#clock.refresh();
    if (this.#ahead) this.#keep(Buffer.concat([this.#ahead.subarray(this.#at), chunk]), 0);
    else this.#run(chunk, 0, true);
    this.#paused = !this.#mayRead();
    return !this.#paused;
  }

  /** Something may be wanted that was not: works off what waits, then reads on. */
  wake(): void {
    if (this.#running) return;
    const ahead = this.#ahead;
    if (ahead) {
      this.#ahead = undefined;
      this.#run(ahead, this.#at, false);
    }
    if (!this.#paused || !this.#mayRead()) return;
    this.#paused = false;
    this.#socket.resume();
  }

  /** Forgets what waits. */
  drop(): void {
    this.#ahead = undefined;
  }

  #run(chunk: Buffer, from: number, lent: boolean): void {
    const owner = this.#owner;
    let at = from;
    this.#running = true;
    try {
      do {
        while (at < chunk.length && owner.wantsBytes()) at = owner.takeBytes(chunk, at);
        owner.bytesTaken();
      } while (at < chunk.length && owner.wantsBytes()); // A sink may have asked for more when it was flushed.
    } catch (error) {
      at = chunk.length;
      owner.refuseBytes(error);
    }
    this.#running = false;
    if (at < chunk.length) this.#keep(lent ? Buffer.from(chunk.subarray(at)) : chunk, lent ? 0 : at);
    owner.rested();
  }

  #keep(bytes: Buffer, at: number): void {
    this.#ahead = bytes;
    this.#at = at;
  }

  #mayRead(): boolean {
    if (!this.#ahead) return this.#owner.wantsBytes() || this.#owner.readsAhead();
    return this.#owner.readsAhead() && this.#ahead.length - this.#at < AHEAD_BYTES;
  }
}
