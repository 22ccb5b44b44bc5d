import { ReadBuffer } from '../core/read-buffer.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { BodySink, BodySource } from '../core/body.ts';
import { BufferPool } from '../core/buffer-pool.ts';
import type { Logger } from '../core/log.ts';
import type { Clock } from '../core/clock.ts';
import { DiskBudget } from '../core/disk-budget.ts';
import { WorkQueue } from '../core/work-queue.ts';
import type { ProxyError } from '../core/errors.ts';
import { Headers } from '../core/headers.ts';
import { LoopClock } from '../core/loop-clock.ts';
import { TimerWheel } from '../core/timer-wheel.ts';
import type { ClientConnection, Exchange, ProxyResponse, Reply } from './exchange.ts';
import { FlushQueue } from './http2/flush-queue.ts';
import type { SessionEnv } from './http2/frame-output.ts';
import { BLOCK_BYTES } from './http2/session-settings.ts';
import { hpackScratchBytes } from '../wire/http2/hpack-decoder.ts';
import { plainPool, plainServer, type PoolPlan, type ServerPlan } from './pool-plan.ts';
import type { ListenerPlan } from './plan.ts';
import { ReplayMemory } from './upstream/retry/replay-memory.ts';
import { SecureContexts } from './upstream/secure-contexts.ts';
import { ServerSockets } from './upstream/server-sockets.ts';

export class TestEnv implements SessionEnv {
  ms = 1_000_000.5;
  readonly time: Clock = { now: () => this.ms, date: () => 1_700_000_000_000 + this.ms };
  readonly clock: LoopClock = new LoopClock(this.time);
  readonly wheel: TimerWheel = new TimerWheel(this.clock, 100);
  readonly buffers: BufferPool = new BufferPool();
  readonly serverReadBuffer: ReadBuffer = new ReadBuffer(65_536);
  readonly flushes: FlushQueue = new FlushQueue();
  readonly hpackScratch: Buffer = Buffer.allocUnsafeSlow(hpackScratchBytes(BLOCK_BYTES));
  readonly secureContexts: SecureContexts = new SecureContexts();
  readonly serverSockets: ServerSockets = new ServerSockets();
  readonly replayMemory: ReplayMemory = new ReplayMemory();
  readonly disk: DiskBudget = new DiskBudget();
  readonly passwords: WorkQueue = new WorkQueue({ running: 2, waiting: 100 });
  readonly bugs: unknown[] = [];
  readonly log: Logger = { debug() {}, info() {}, warn() {}, error() {} };

  bug(error: unknown): void {
    this.bugs.push(error);
  }

  turn(action: () => void): void {
    this.clock.refresh();
    action();
  }

  /** Time passes, a tick of the wheel after the other. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 100) {
      this.ms += Math.min(left, 100);
      this.wheel.advance();
    }
  }
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

/** All that is on its way between the sockets of this process has come by then, if anybody reads it. */
export async function turns(count = 20): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A server of a test. */
export interface Place {
  readonly address: ServerPlan['address'];
  readonly accepted: net.Socket[];
  readonly server: net.Server;
}

/** Sockets and servers that go with the test. */
export class Net {
  readonly #sockets: Set<net.Socket> = new Set();
  readonly #servers: net.Server[] = [];
  readonly #folders: string[] = [];

  /** A server; its connections are paused and half open. */
  async listen(kind: 'tcp' | 'unix' = 'tcp', onSocket: (socket: net.Socket) => void = () => undefined): Promise<Place> {
    const accepted: net.Socket[] = [];
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
      accepted.push(this.keep(socket));
      onSocket(socket);
    });
    this.#servers.push(server);
    const where = kind === 'unix' ? { path: path.join(await this.#folder(), 's') } : { host: '127.0.0.1', port: 0 };
    await new Promise<void>((resolve) => server.listen(where, resolve));
    const bound = server.address()!;
    const address =
      typeof bound === 'string'
        ? { kind: 'unix' as const, path: bound }
        : { kind: 'tcp' as const, host: bound.address, port: bound.port };
    return { address, accepted, server };
  }

  /** Both ends of a connection, nobody reading. A unix socket's kernel buffer is small: 200 kB stall it. */
  async pair(kind: 'tcp' | 'unix' = 'tcp'): Promise<{ ours: net.Socket; peer: net.Socket }> {
    const { address, accepted, server } = await this.listen(kind);
    const options = address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
    const peer = this.keep(net.connect({ ...options, allowHalfOpen: true, noDelay: true }));
    peer.pause();
    await until(() => accepted.length === 1 && !peer.connecting);
    server.close();
    return { ours: accepted[0]!, peer };
  }

  keep(socket: net.Socket): net.Socket {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) server.close();
    await until(() => this.#sockets.size === 0);
    await Promise.all(this.#folders.map((folder) => rm(folder, { recursive: true })));
  }

  async #folder(): Promise<string> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'postern-'));
    this.#folders.push(folder);
    return folder;
  }
}

/** Runs a test with sockets, of which nothing is left afterwards. */
export async function withNet(body: (net: Net) => Promise<void>): Promise<void> {
  const sockets = new Net();
  try {
    await body(sockets);
  } finally {
    await sockets.close();
  }
}

/** All that a socket gets, while it reads. */
export class Received {
  readonly #chunks: Buffer[] = [];
  length = 0;
  ended = false;
  closed = false;
  errors: string[] = [];

  constructor(socket: net.Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.length += chunk.length;
    });
    socket.on('end', () => (this.ended = true));
    socket.on('error', (error: NodeJS.ErrnoException) => this.errors.push(error.code ?? ''));
    socket.on('close', () => (this.closed = true));
    socket.resume();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }

  async until(text: string): Promise<void> {
    await until(() => this.text.includes(text));
  }
}

/** A sink that keeps what it gets; what it answers and does meanwhile is the test's. */
export class KeepSink implements BodySink {
  readonly events: string[] = [];
  readonly #chunks: Buffer[] = [];
  trailers: Headers | undefined;
  /** What `write` answers. */
  ready = true;
  during: (event: string) => unknown = () => undefined;

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  write(chunk: Buffer): boolean {
    this.#chunks.push(Buffer.from(chunk));
    this.#tell('write');
    return this.ready;
  }

  flush(): void {
    this.#tell('flush');
  }

  end(trailers?: Headers): void {
    this.trailers = trailers;
    this.#tell('end');
  }

  abort(error: ProxyError): void {
    this.#tell(`abort ${error.code}`);
  }

  #tell(event: string): void {
    this.events.push(event);
    this.during(event);
  }
}

/** A source that the test feeds by hand. */
export class HandSource implements BodySource {
  readonly length: number | undefined;
  readonly events: string[] = [];
  sink: BodySink | undefined;
  during: (event: string) => unknown = () => undefined;

  constructor(length?: number) {
    this.length = length;
  }

  start(sink: BodySink): void {
    this.sink = sink;
    this.#tell('start');
  }

  resume(): void {
    this.#tell('resume');
  }

  cancel(reason: ProxyError): void {
    this.#tell(`cancel ${reason.code}`);
  }

  #tell(event: string): void {
    this.events.push(event);
    this.during(event);
  }
}

/** A reply that notes what it is told and starts the answer's body. */
export class KeepReply implements Reply {
  readonly events: string[] = [];
  readonly sink: KeepSink = new KeepSink();
  response: ProxyResponse | undefined;
  error: ProxyError | undefined;

  inform(status: number): void {
    this.events.push(`inform ${status}`);
  }

  respond(response: ProxyResponse): void {
    this.response = response;
    this.events.push(`respond ${response.status}`);
    response.body?.start(this.sink);
  }

  fail(error: ProxyError): void {
    this.error = error;
    this.events.push(`fail ${error.code}`);
  }
}

export interface TestClient extends ClientConnection {
  /** The connection has gone. */
  close(): void;
}

export function clientOf(parts: Partial<ClientConnection> = {}): TestClient {
  const listeners: (() => void)[] = [];
  return {
    id: 1,
    listener: 'web',
    plan: listenerPlan(),
    address: '192.0.2.7',
    port: 5000,
    localPort: 80,
    trusted: false,
    tls: undefined,
    onClose: (listener) => listeners.push(listener),
    close: () => listeners.splice(0).forEach((listener) => listener()),
    ...parts,
  };
}

/** A small GET that has just been read. */
export function exchangeOf(parts: Partial<Exchange> = {}): Exchange {
  return {
    id: 'id-1',
    client: clientOf(),
    clientAddress: '',
    protocol: 'HTTP/1.1',
    scheme: 'http',
    method: 'GET',
    target: { path: '/', query: '', raw: '/' },
    authority: 'a.test',
    host: 'a.test',
    headers: new Headers(),
    body: undefined,
    ...{ upgrade: undefined, expectContinue: false, acceptsTrailers: false },
    ...{ dry: false, trace: undefined },
    timings: { started: 0, headRead: 0, queuedMs: 0, connected: 0, firstByte: 0, ended: 0 },
    route: undefined,
    pool: '',
    server: '',
    user: '',
    retries: 0,
    status: 0,
    reason: undefined,
    ...{ bytesIn: 0, bytesOut: 0 },
    ...parts,
  };
}

export function headersOf(...fields: readonly (readonly [string, string])[]): Headers {
  const headers = new Headers();
  for (const [name, value] of fields) headers.add(name, value);
  return headers;
}

const limits = { headBytes: 8192, fields: 50, lineBytes: 4096, chunkExtensionBytes: 256, trailerBytes: 1024 };

export function listenerPlan(parts: Partial<ListenerPlan> = {}): ListenerPlan {
  return {
    name: 'web',
    address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    timeouts: { headMs: 5000, bodyIdleMs: 4000, bodyMinRate: 0, keepAliveMs: 7000, writeMs: 6000, tunnelIdleMs: 9000 },
    limits,
    paths: { mergeSlashes: true },
    tls: undefined,
    ...parts,
  };
}

export function poolPlan(servers: readonly ServerPlan['address'][], parts: Partial<PoolPlan> = {}): PoolPlan {
  return {
    ...plainPool,
    name: 'pool',
    servers: servers.map((address, i) => ({
      ...plainServer,
      name: `server-${i}`,
      address,
      hostHeader: `server-${i}.test`,
    })),
    timeouts: { connectMs: 2000, firstByteMs: 3000, idleMs: 4000 },
    idleConnections: { max: 4, idleMs: 5000, maxAgeMs: 60_000, maxRequests: 0 },
    limits,
    ...parts,
  };
}
