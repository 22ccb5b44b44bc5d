import net from 'node:net';

import { resetSocket } from '../../src/core/reset-socket.ts';
import type { Message } from '../harness/message.ts';
import type { Ending } from '../harness/raw-peer.ts';
import { findMessage, type Found } from './request-message.ts';

/** The client of one case: sends, and reads answers as they come. */
export class RequestClient {
  /** Final answers, in order. */
  readonly answers: Message[] = [];
  /** How the other side ended the connection. */
  ending: Ending = 'open';
  readonly socket: net.Socket;
  readonly #methods: readonly string[];
  #bytes: Buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;

  /** @param methods of the requests that will be answered: to HEAD there comes no body. */
  constructor(port: number, methods: readonly string[]) {
    this.#methods = methods;
    this.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.socket.on('error', () => {}); // Told by 'close'.
    this.socket.on('connect', () => this.#wake?.());
    this.socket.on('end', () => this.#end('fin'));
    this.socket.on('close', () => this.#end('reset'));
  }

  /** What came and is no answer, or not a whole one. */
  get rest(): string {
    return this.#bytes.toString('latin1');
  }

  get connecting(): boolean {
    return this.socket.connecting && this.ending === 'open';
  }

  /** Waits until it holds, or so long. */
  async wait(ms: number, holds: () => boolean): Promise<boolean> {
    if (holds()) return true;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
      this.#wake = () => {
        if (holds()) resolve();
      };
    });
    clearTimeout(timer);
    this.#wake = undefined;
    return holds();
  }

  /** Leaves nothing behind, whatever the state. */
  reset(): void {
    if (!this.socket.destroyed) resetSocket(this.socket);
  }

  #onData(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    for (let found = this.#find(); found !== undefined; found = this.#find()) {
      if (!/^HTTP\/1\.1 1\d\d/.test(found.message.start)) this.answers.push(found.message);
      this.#bytes = this.#bytes.subarray(found.end);
    }
    this.#wake?.();
  }

  #find(): Found | undefined {
    if (this.#bytes.length === 0) return undefined;
    const head = this.#methods[this.answers.length] === 'HEAD';
    try {
      return findMessage(
        this.#bytes,
        'until close',
        (start) => / (1\d\d|204|304) /.test(start.slice(8, 14)) || (head && / [2-9]\d\d /.test(start.slice(8, 14))),
      );
    } catch {
      return undefined; // It stays in `rest`.
    }
  }

  #end(ending: Ending): void {
    if (this.ending !== 'open') return;
    this.ending = ending;
    // An answer without a length ends here; and so does one to a HEAD that nobody expected to be answered.
    const headEnd = this.#bytes.indexOf('\r\n\r\n');
    const start = this.#bytes.toString('latin1', 0, Math.max(this.#bytes.indexOf('\r\n'), 0));
    const bare = headEnd + 4 === this.#bytes.length || !/\r\n(content-length|transfer-encoding):/i.test(this.rest);
    if (headEnd > 0 && /^HTTP\/1\.[01] \d{3}/.test(start) && bare) {
      const lines = this.#bytes.toString('latin1', 0, headEnd).split('\r\n').slice(1);
      this.answers.push({ start, lines, body: this.#bytes.subarray(headEnd + 4), trailers: [], chunked: false });
      this.#bytes = Buffer.alloc(0);
    }
    this.#wake?.();
  }
}
