import net from 'node:net';

import { resetSocket } from '../../src/core/reset-socket.ts';
import type { Ending } from './response-reading.ts';

/** A client that sends bytes, keeps all that comes, and closes when the other side does. */
export class ResponseClient {
  bytes: Buffer = Buffer.alloc(0);
  ending: Ending = 'open';
  readonly #socket: net.Socket;
  #changed: (() => void) | undefined;

  constructor(port: number) {
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => {
      this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
      this.#changed?.();
    });
    this.#socket.on('error', () => {}); // Told by 'close'.
    this.#socket.on('end', () => this.#end('fin'));
    this.#socket.on('close', () => this.#end('reset'));
  }

  send(bytes: Buffer | string): void {
    this.#socket.write(bytes);
  }

  /** True as soon as the condition holds, false after `patienceMs`. Only one wait at a time. */
  async until(holds: () => boolean, patienceMs: number): Promise<boolean> {
    if (holds()) return true;
    return new Promise((resolve) => {
      const over = (held: boolean): void => {
        clearTimeout(timer);
        this.#changed = undefined;
        resolve(held);
      };
      const timer = setTimeout(() => over(holds()), patienceMs);
      this.#changed = () => {
        if (holds()) over(true);
      };
    });
  }

  /** For the next one to use it. */
  forget(): void {
    this.bytes = this.bytes.subarray(this.bytes.length);
  }

  /** Leaves nothing behind, not even in the kernel. */
  reset(): void {
    if (!this.#socket.destroyed) resetSocket(this.#socket);
  }

  #end(ending: Ending): void {
    if (this.ending !== 'open') return;
    this.ending = ending;
    this.#changed?.();
  }
}
