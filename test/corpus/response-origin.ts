import net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

import { resetSocket } from '../../src/core/reset-socket.ts';
import type { ResponseCase } from './cases.ts';

/** How an answer's bytes are cut into writes: all in one, in two, or one by one. */
export type Delivery = 'whole' | 'bytewise' | { readonly at: number };

/** What the origin saw of one case. */
export interface Heard {
  /** The server connection that the case's request came over first. */
  caseSocket: net.Socket | undefined;
  /** That of the request after it. */
  probeSocket: net.Socket | undefined;
  /** Times that the request came: a proxy may try again. */
  requests: number;
  /** Deliveries that are not over. */
  readonly deliveries: Set<Promise<void>>;
}

interface Job {
  readonly answer: Buffer;
  /** As `then` of the case. */
  readonly finish: ResponseCase['then'];
  readonly delivery: Delivery;
  /** Path of the request behind the case's. */
  readonly probe: string;
  /** Lets the proxy see what has been written before the next is. */
  readonly look: () => Promise<unknown>;
  readonly heard: Heard;
}

/** What one case asks of the origin. */
export type JobSpec = Omit<Job, 'heard' | 'look'> & { readonly look?: Job['look'] | undefined };

/**
 * The server behind the proxy: it answers each request with the bytes of the case at hand, and the request whose path is the
 * probe's with a good answer that says so. One case at a time.
 */
export class ResponseOrigin {
  readonly #server: net.Server;
  readonly #sockets: Set<net.Socket> = new Set();
  #job: Job | undefined;

  private constructor() {
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#onConnection(socket));
  }

  /** @param port of 127.0.0.1; default: a free one. */
  static async start(port = 0): Promise<ResponseOrigin> {
    const origin = new ResponseOrigin();
    await new Promise<void>((resolve, reject) => {
      origin.#server.once('error', reject);
      origin.#server.listen({ port, host: '127.0.0.1' }, resolve);
    });
    return origin;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** From now on requests get this answer. */
  begin(spec: JobSpec): Heard {
    const heard = { caseSocket: undefined, probeSocket: undefined, requests: 0, deliveries: new Set<Promise<void>>() };
    this.#job = { ...spec, look: spec.look ?? (() => turn()), heard };
    return heard;
  }

  /** Ends all connections, so that no case meets those of another. */
  drop(): void {
    this.#job = undefined;
    for (const socket of this.#sockets) resetSocket(socket);
  }

  async stop(): Promise<void> {
    const stopped = new Promise((resolve) => void this.#server.close(resolve));
    this.drop();
    await stopped;
  }

  #onConnection(socket: net.Socket): void {
    let text = '';
    this.#sockets.add(socket);
    socket.on('error', () => {}); // Told by 'close'.
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('end', () => socket.end());
    socket.on('data', (chunk) => {
      const job = this.#job;
      if (job === undefined) return;
      text += chunk.toString('latin1');
      // A body of the case's request may lie before the head of the next.
      const at = text.indexOf(` ${job.probe} `);
      if (job.heard.caseSocket !== socket && at < 0 && text.includes('\r\n\r\n')) this.#answer(job, socket);
      if (at >= 0 && text.includes('\r\n\r\n', at)) {
        text = '';
        job.heard.probeSocket = socket;
        socket.write(probeAnswer(job.probe));
      }
    });
  }

  #answer(job: Job, socket: net.Socket): void {
    const { heard } = job;
    heard.requests++;
    if (heard.requests > 10) return resetSocket(socket);
    heard.caseSocket = socket;
    const delivery = deliver(job, socket).finally(() => heard.deliveries.delete(delivery));
    heard.deliveries.add(delivery);
  }
}

/** The body tells the client that it got its own answer; the connection ends, so that the next case begins afresh. */
function probeAnswer(probe: string): string {
  return `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${probe.length}\r\n\r\n${probe}`;
}

async function deliver(job: Job, socket: net.Socket): Promise<void> {
  for (const piece of piecesOf(job.answer, job.delivery)) {
    if (socket.destroyed) return; // The proxy has had enough.
    socket.write(piece);
    await job.look();
  }
  if (job.finish === 'end') socket.end();
  else if (job.finish === 'reset' && !socket.destroyed) resetSocket(socket);
}

function piecesOf(answer: Buffer, delivery: Delivery): Buffer[] {
  if (answer.length === 0) return [];
  if (delivery === 'whole') return [answer];
  if (delivery === 'bytewise') return Array.from(answer, (byte) => Buffer.of(byte));
  return [answer.subarray(0, delivery.at), answer.subarray(delivery.at)];
}
