import assert from 'node:assert/strict';
import type net from 'node:net';

import { resetSocket } from '../../src/core/reset-socket.ts';
import { ByteQueue } from './byte-queue.ts';
import { patienceMs, turns } from './until.ts';

/** How the other side ended the connection. */
export type Ending = 'open' | 'fin' | 'reset';

/** The other side ended the connection while more was waited for. */
export class PeerGone extends Error {}

/** One side of a connection that does exactly what a test says, byte for byte. */
export class RawPeer {
  readonly socket: net.Socket;
  /** What came and was not taken. */
  readonly queue: ByteQueue = new ByteQueue();
  /** All that ever came. */
  bytesReceived = 0;
  ending: Ending = 'open';
  /** Instead of the queue: gets the bytes. */
  sink: ((chunk: Buffer) => void) | undefined;
  readonly #waiting: Set<() => void> = new Set();

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('drain', () => this.#wake());
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', () => {}); // Told by 'close'.
    socket.on('end', () => this.#onEnding('fin'));
    socket.on('close', () => this.#onEnding('reset')); // Without an 'end' before.
  }

  /** False when the system has not taken all of it yet. */
  send(bytes: string | Buffer): boolean {
    return this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Each byte in a packet of its own, with a look at all sockets between. */
  async sendBytewise(bytes: string): Promise<void> {
    for (const byte of Buffer.from(bytes, 'latin1')) {
      this.socket.write(Buffer.of(byte));
      await turns(1);
    }
  }

  /** Sends it all, as fast as the other side takes it. Ends early where that is gone. */
  async pour(bytes: Buffer): Promise<void> {
    if (this.send(bytes)) return;
    await this.#waitFor('room to write', () => this.socket.destroyed || this.socket.writableLength === 0, true);
  }

  /** Half-close: a FIN behind what was sent. */
  end(bytes?: string): void {
    if (bytes !== undefined) this.send(bytes);
    this.socket.end();
  }

  reset(): void {
    if (!this.socket.destroyed) resetSocket(this.socket);
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Reads nothing more from the system. */
  stall(): void {
    this.socket.pause();
  }

  readOn(): void {
    this.socket.resume();
  }

  async takeBytes(count: number): Promise<Buffer> {
    await this.#waitFor(`${count} bytes`, () => this.queue.length >= count);
    return this.queue.take(count);
  }

  /** Through the first occurrence of the text, which is part of it. */
  async takeThrough(text: string): Promise<string> {
    let at = -1;
    await this.#waitFor(JSON.stringify(text), () => (at = this.queue.peek().indexOf(text, 0, 'latin1')) >= 0);
    return this.queue.take(at + text.length).toString('latin1');
  }

  /** Everything up to the end of the connection, however that came. */
  async takeRest(): Promise<Buffer> {
    await this.ended();
    return this.queue.take(this.queue.length);
  }

  /** @returns how the other side has ended the connection. */
  async ended(): Promise<Ending> {
    await this.#waitFor('the end of the connection', () => this.ending !== 'open');
    return this.ending;
  }

  async closed(): Promise<void> {
    await this.#waitFor('close', () => this.socket.closed, true);
  }

  async #waitFor(what: string, holds: () => boolean, evenIfGone = false): Promise<void> {
    const end = performance.now() + patienceMs;
    while (!holds()) {
      if (this.ending !== 'open' && !evenIfGone) {
        throw new PeerGone(`connection ended (${this.ending}) before ${what}; here: ${this.#excerpt()}`);
      }
      if (performance.now() > end) assert.fail(`never came: ${what}; here: ${this.#excerpt()}`);
      await this.#change();
    }
  }

  #excerpt(): string {
    return JSON.stringify(this.queue.peek().subarray(-400).toString('latin1'));
  }

  /** Until something comes or happens, or for a little while. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, 50);
      this.#waiting.add(wake);
    });
  }

  #onData(chunk: Buffer): void {
    this.bytesReceived += chunk.length;
    if (this.sink) this.sink(chunk);
    else this.queue.push(chunk);
    this.#wake();
  }

  #onEnding(ending: Ending): void {
    if (this.ending === 'open') this.ending = ending;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
