import { once } from 'node:events';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

import { freePort } from '../../../test/harness/free-port.ts';
import type { Logger } from '../../core/log.ts';
import {
  defaultServerTls,
  plainPool,
  plainServer,
  type ChecksPlan,
  type HealthPlan,
  type PoolPlan,
} from '../../proxy/index.ts';
import { ServerBoard } from '../servers/server-board.ts';
import type { After } from './recurring.ts';

/** Time that stands until it is turned. */
export class TurnedTime {
  #now = 0;
  readonly #due: Set<{ readonly at: number; readonly call: () => void }> = new Set();

  now = (): number => this.#now;
  date = (): number => Date.parse('2026-01-01T00:00:00Z') + this.#now;

  readonly after: After = (ms, call) => {
    const timer = { at: this.#now + ms, call };
    this.#due.add(timer);
    return () => void this.#due.delete(timer);
  };

  get waiting(): number {
    return this.#due.size;
  }

  /** Lets so much time go by, and calls what is due on the way, in order. */
  turn(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#due].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#due.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.call();
    }
    this.#now = end;
  }
}

/** A log that is kept. */
export function keptLog(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (message: string): void =>
      void lines.push(`${level} ${message}`);
  return { log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines };
}

export const tcpHealth: HealthPlan = {
  how: { kind: 'tcp' },
  address: undefined,
  port: undefined,
  everyMs: 2000,
  fastEveryMs: 500,
  downEveryMs: 1000,
  timeoutMs: 1000,
  rise: 2,
  fall: 3,
  init: 'unknown',
};

export function checksOf(parts: Partial<ChecksPlan>): ChecksPlan {
  return { health: undefined, agent: undefined, load: undefined, slowStartMs: 0, ...parts };
}

/** A pool of servers on these ports. */
export function poolOf(ports: readonly number[], checks: ChecksPlan | undefined, name = 'app'): PoolPlan {
  return {
    ...plainPool,
    name,
    servers: ports.map((port) => ({
      ...plainServer,
      name: `s${port}`,
      address: { kind: 'tcp', host: '127.0.0.1', port },
      hostHeader: `127.0.0.1:${port}`,
    })),
    timeouts: { connectMs: 5000, firstByteMs: 5000, idleMs: 5000 },
    idleConnections: { max: 1, idleMs: 1000, maxAgeMs: 1000, maxRequests: 0 },
    limits: { headBytes: 32_768, fields: 100, lineBytes: 8192, chunkExtensionBytes: 4096, trailerBytes: 8192 },
    tls: defaultServerTls,
    checks,
  };
}

/** A board that has these pools. */
export function boardOf(...pools: readonly PoolPlan[]): ServerBoard {
  const board = new ServerBoard(1);
  board.rowsOf({ pools });
  board.keep({ pools });
  return board;
}

/** A server that does this with each connection; ends with the test. */
export async function listening(t: TestContext, serve: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    serve(socket);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export type Http2AnswerScript = (
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
  body: Buffer,
) => void;

/** A server that answers requests of HTTP/2, without TLS, with this once they are whole; ends with the test. */
export async function answeringHttp2(t: TestContext, answer: Http2AnswerScript): Promise<number> {
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('sessionError', () => {}); // The connection is gone.
  server.on('stream', (stream: http2.ServerHttp2Stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
    stream.on('end', () => answer(stream, headers, Buffer.concat(chunks)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens at an address
  return (server.address() as AddressInfo).port;
}

/** A port on which nobody listens. */
export const deadPort: () => Promise<number> = freePort;
