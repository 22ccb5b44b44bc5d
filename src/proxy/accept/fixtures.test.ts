import { ReadBuffer } from '../../core/read-buffer.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { LogFields, Logger } from '../../core/log.ts';
import type { ListenAddress, ListenerPlan } from '../plan.ts';
import { adopt, type AdoptedSocket, type ReadBy } from './raw-accept.ts';

/** What the tests of this folder share: servers, clients and waits on loopback. */

export interface Matrix {
  readonly title: string;
  readonly readBy: ReadBy;
  readonly family: 'tcp' | 'unix';
}

/** Each behaviour of an adopted socket is tested in both ways to read and on both kinds of socket. */
export const matrix: readonly Matrix[] = [
  { title: 'tcp, onread', readBy: 'onread', family: 'tcp' },
  { title: 'tcp, data events', readBy: 'data', family: 'tcp' },
  { title: 'unix, onread', readBy: 'onread', family: 'unix' },
  { title: 'unix, data events', readBy: 'data', family: 'unix' },
];

export interface Adopted extends AdoptedSocket {
  /** Bytes that came, copied. */
  readonly chunks: Buffer[];
  /** What the next `onBytes` answers, and does. */
  onBytes: (chunk: Buffer) => boolean;
  closed: boolean;
  ended: boolean;
}

export interface TestServer {
  readonly server: net.Server;
  readonly accepted: Adopted[];
  connect(options?: { allowHalfOpen?: boolean }): Promise<net.Socket>;
  /** Connects, and waits until the server has adopted the socket. */
  pair(options?: { allowHalfOpen?: boolean }): Promise<{ client: net.Socket; adopted: Adopted }>;
}

/** Runs `body` with a server that adopts what it accepts; nothing is left afterwards. */
export async function withServer(kind: Matrix, body: (server: TestServer) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'postern-'));
  const buffer = new ReadBuffer(65_536);
  const accepted: Adopted[] = [];
  const clients: net.Socket[] = [];
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) => {
    accepted.push(adoptForTest(socket, buffer, kind.readBy));
  });
  const where = kind.family === 'unix' ? { path: path.join(folder, 's') } : { host: '127.0.0.1', port: 0 };
  await new Promise<void>((resolve) => server.listen(where, resolve));
  const connect: TestServer['connect'] = async (options = {}) => {
    const client = await connectTo(server.address()!, options);
    clients.push(client);
    return client;
  };
  const pair: TestServer['pair'] = async (options) => {
    const before = accepted.length;
    const client = await connect(options);
    await until(() => accepted.length > before);
    return { client, adopted: accepted[before]! };
  };
  try {
    await body({ server, accepted, connect, pair });
  } finally {
    for (const socket of [...clients, ...accepted.map((each) => each.socket)]) socket.destroy();
    server.close();
    await until(() => accepted.every((each) => each.closed));
    await rm(folder, { recursive: true });
  }
}

function adoptForTest(socket: net.Socket, buffer: ReadBuffer, readBy: ReadBy): Adopted {
  const onBytes = (chunk: Buffer): boolean => {
    adopted.chunks.push(Buffer.from(chunk));
    return adopted.onBytes(chunk);
  };
  const adopted: Adopted = {
    ...adopt(socket, buffer, onBytes, readBy),
    chunks: [],
    onBytes: () => true,
    closed: false,
    ended: false,
  };
  adopted.socket.on('close', () => (adopted.closed = true));
  adopted.socket.on('end', () => (adopted.ended = true));
  return adopted;
}

export async function connectTo(
  where: string | net.AddressInfo,
  options: { allowHalfOpen?: boolean } = {},
): Promise<net.Socket> {
  const target = typeof where === 'string' ? { path: where } : { host: where.address, port: where.port };
  const client = net.connect({ ...target, ...options });
  client.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    client.once('connect', resolve);
    client.once('close', () => reject(new Error('closed before it was connected')));
  });
  return client;
}

/** Waits until `done`, for at most 10 s of the loop's turns. */
export async function until(done: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!done()) {
    if (performance.now() > end) throw new Error(`still waiting for ${String(done)}`);
    // oxlint-disable-next-line no-await-in-loop -- a poll
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** All that the peer sends until it ends. */
export async function readAll(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  let over = false;
  socket.once('close', () => (over = true));
  socket.once('end', () => (over = true));
  await until(() => over);
  return Buffer.concat(chunks);
}

/** By when a byte would have come that has not: so many answers went over other connections of the same server. */
export async function otherTraffic(server: TestServer, rounds = 10): Promise<void> {
  const { client, adopted } = await server.pair();
  adopted.onBytes = (chunk) => {
    adopted.socket.write(Buffer.from(chunk));
    return true;
  };
  adopted.socket.resume();
  let answers = 0;
  client.on('data', () => (answers += 1));
  for (let round = 1; round <= rounds; round++) {
    client.write('x');
    await until(() => answers === round);
  }
  client.destroy();
}

export const received = (adopted: Adopted): Buffer => Buffer.concat(adopted.chunks);
export const count = (adopted: Adopted): number => adopted.chunks.reduce((sum, chunk) => sum + chunk.length, 0);

/** Bytes in which every position can be told from its neighbours. */
export function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    bytes[i] = state >> 16;
  }
  return bytes;
}

/** A logger that keeps what it is told. */
export function keepingLogger(): Logger & { readonly lines: { level: string; message: string; fields?: LogFields }[] } {
  const lines: { level: string; message: string; fields?: LogFields }[] = [];
  const keep =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields });
    };
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}

export function planFor(address: ListenAddress, name = 'web'): ListenerPlan {
  return {
    name,
    address,
    tls: undefined,
    timeouts: {
      headMs: 1,
      bodyIdleMs: 1,
      bodyMinRate: 0,
      keepAliveMs: 1,
      writeMs: 1,
      tunnelIdleMs: 1,
    },
    limits: { headBytes: 1, fields: 1, lineBytes: 1, chunkExtensionBytes: 1, trailerBytes: 1 },
    paths: {} as ListenerPlan['paths'],
  };
}

export const tcp = (host: string | undefined, port = 0): ListenAddress => ({ kind: 'tcp', host, port });
export const unix = (file: string, mode = 0o660): Extract<ListenAddress, { kind: 'unix' }> => ({
  kind: 'unix',
  path: file,
  mode,
});
