import net from 'node:net';

import { resetSocket } from '../../src/core/reset-socket.ts';
import type { Message } from '../harness/message.ts';
import { until } from '../harness/until.ts';
import { findMessage, valuesOf } from './request-message.ts';

/**
 * A server that records each whole request and answers it with 200. What it cannot read as HTTP it records too, as a
 * request whose first line begins with `malformed`: nothing of the kind may come out of a proxy.
 */
export class RecordingOrigin {
  /** In the order in which they became whole. */
  readonly heard: Message[] = [];
  readonly #server: net.Server;
  /** Bytes of each connection that are no whole request yet. */
  readonly #begun: Map<net.Socket, Buffer> = new Map();

  private constructor() {
    this.#server = net.createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(): Promise<RecordingOrigin> {
    const origin = new RecordingOrigin();
    await new Promise<void>((resolve) => void origin.#server.listen(0, '127.0.0.1', resolve));
    return origin;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** Connections with a request that has begun and is not whole: while there are any, more may be heard. */
  get unfinished(): number {
    let count = 0;
    for (const bytes of this.#begun.values()) if (bytes.length > 0) count++;
    return count;
  }

  /** What has been heard, once nothing more is on its way. */
  async take(): Promise<Message[]> {
    if (this.unfinished > 0) await until('an end of the requests that have begun', () => this.unfinished === 0);
    return this.heard.splice(0);
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    for (const socket of this.#begun.keys()) resetSocket(socket);
    await closed;
  }

  #accept(socket: net.Socket): void {
    this.#begun.set(socket, Buffer.alloc(0));
    socket.on('data', (chunk: Buffer) => this.#onData(socket, chunk));
    socket.on('error', () => {}); // Told by 'close'.
    socket.on('close', () => this.#begun.delete(socket));
  }

  #onData(socket: net.Socket, chunk: Buffer): void {
    const before = this.#begun.get(socket)!;
    let bytes = before.length === 0 ? chunk : Buffer.concat([before, chunk]);
    for (;;) {
      const found = this.#find(bytes);
      if (found === undefined) break;
      this.heard.push(found.message);
      answer(socket, found.message);
      bytes = bytes.subarray(found.end);
    }
    if (before.length === 0 && waits(bytes)) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    this.#begun.set(socket, bytes);
  }

  #find(bytes: Buffer): ReturnType<typeof findMessage> {
    if (bytes.length === 0) return undefined;
    try {
      return findMessage(bytes, 'empty');
    } catch (error) {
      const start = `malformed: ${(error as Error).message}`;
      return { message: { start, lines: [], body: bytes, trailers: [], chunked: false }, end: bytes.length };
    }
  }
}

function waits(bytes: Buffer): boolean {
  return bytes.includes('\r\n\r\n') && /\r\nexpect: *100-continue\r\n/i.test(bytes.toString('latin1'));
}

function answer(socket: net.Socket, request: Message): void {
  const body = request.start.startsWith('HEAD ') ? '' : 'ok';
  const close = !request.start.endsWith('HTTP/1.1') || valuesOf(request.lines, 'connection').includes('close');
  const fields = `Content-Length: 2\r\n${close ? 'Connection: close\r\n' : ''}`;
  socket.write(`HTTP/1.1 200 OK\r\n${fields}\r\n${body}`);
  if (close) socket.end();
}
