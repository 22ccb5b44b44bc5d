import { Duplex } from 'node:stream';

import type { DialedSocket } from '../../proxy/index.ts';
import { brokenWords } from './reach.ts';

/**
 * A connection that has been dialed, as a stream: for `node:http2`, which wants one of its own. What comes is not held back, so whoever
 * reads it is to end it when there is too much.
 */
export class SocketStream extends Duplex {
  readonly #dialed: DialedSocket;
  readonly #mostBytes: number;
  #bytes = 0;

  /** @param mostBytes that the peer may send: past it the stream fails. */
  constructor(dialed: DialedSocket, mostBytes: number) {
    super();
    const { socket } = dialed;
    this.#dialed = dialed;
    this.#mostBytes = mostBytes;
    dialed.onBytes = (chunk) => this.#take(chunk);
    this.on('error', () => {}); // Whoever reads it hears in his own way, or has left.
    socket.on('error', (error) => this.destroy(new Error(brokenWords(error))));
    socket.on('end', () => this.push(null));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    // It comes as it comes.
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#dialed.socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#dialed.socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#dialed.socket.destroy();
    done(error);
  }

  #take(chunk: Buffer): boolean {
    if (this.destroyed) return false;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#mostBytes) this.destroy(new Error(`more than ${this.#mostBytes} bytes came`));
    else if (this.#bytes === chunk.length && speaksHttp1(chunk)) this.destroy(new Error('it speaks HTTP/1'));
    else this.push(Buffer.from(chunk)); // The chunk is lent.
    return !this.destroyed;
  }
}

/** HTTP/2 never begins like this; a parser of it would say no more than that it is broken. */
function speaksHttp1(beginning: Buffer): boolean {
  return beginning.toString('latin1', 0, 5) === 'HTTP/';
}
