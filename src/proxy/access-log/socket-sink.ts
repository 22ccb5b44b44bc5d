import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import type { Sink } from './sink.ts';

/**
 * Standard output that is a socket, as under systemd, or a pipe that cannot be opened a second time.
 * The event loop waits for the reader, so no thread is ever blocked. Descriptor 1 itself stays open.
 */
export class SocketSink implements Sink {
  readonly pieceBytes: number;
  readonly #socket: Pick<Socket, 'write' | 'on' | 'off'>;
  readonly #end: () => void;

  constructor(pieceBytes: number) {
    this.pieceBytes = pieceBytes;
    if (isMainThread) {
      // It holds descriptor 1 already, and one event loop watches a descriptor once.
      this.#socket = process.stdout;
      this.#end = (): void => void process.stdout.off('error', ignore);
    } else {
      const socket = new Socket({ fd: 1, readable: false, writable: true });
      socket.unref();
      this.#socket = socket;
      this.#end = (): void => void socket.destroy();
    }
    // Each write tells its own error; without a listener the event would end the process.
    this.#socket.on('error', ignore);
  }

  write(bytes: Buffer, from: number, to: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes.subarray(from, to), (error) => (error ? reject(error) : resolve(to - from)));
    });
  }

  cut(): Promise<boolean> {
    return Promise.resolve(false);
  }

  close(): Promise<void> {
    this.#end();
    return Promise.resolve();
  }
}

function ignore(): void {}
