/**
 * What one exchange costs in JavaScript alone: the whole way from a client's bytes to a server and back, with the access
 * log's line, over sockets that do nothing. `node bench/micro/exchange.ts [rounds]` prints nanoseconds.
 */
import { plainPool, plainServer } from '../../src/proxy/pool-plan.ts';
import { plainRoute } from '../../src/proxy/plan.ts';
import type net from 'node:net';
import { BufferPool, READ_BYTES } from '../../src/core/buffer-pool.ts';
import { ReadBuffer } from '../../src/core/read-buffer.ts';
import { WorkQueue } from '../../src/core/work-queue.ts';
import { DiskBudget } from '../../src/core/disk-budget.ts';
import { CounterBook } from '../../src/core/shared/counter-book.ts';
import { LoopClock } from '../../src/core/loop-clock.ts';
import { TimerWheel } from '../../src/core/timer-wheel.ts';
import { jsonFormat } from '../../src/proxy/access-log/format-json.ts';
import { Masker } from '../../src/proxy/access-log/mask.ts';
import type { ClientEnv } from '../../src/proxy/codec/client-env.ts';
import type { ClientSocket } from '../../src/proxy/client-socket.ts';
import { Http1Connection } from '../../src/proxy/codec/http1/http1-connection.ts';
import { ExchangeTracing } from '../../src/proxy/exchange-tracing.ts';
import type { Exchange, Reply } from '../../src/proxy/exchange.ts';
import { RequestIds, requestIdFor } from '../../src/proxy/forwarding/request-id.ts';
import { countedRows, processFields, trafficFields } from '../../src/proxy/metrics/counter-fields.ts';
import { TrafficCounters } from '../../src/proxy/metrics/traffic-counters.ts';
import { handleExchange } from '../../src/proxy/handler.ts';
import { HttpDate } from '../../src/proxy/http-date.ts';
import { FlushQueue } from '../../src/proxy/http2/flush-queue.ts';
import { BLOCK_BYTES } from '../../src/proxy/http2/session-settings.ts';
import { hpackScratchBytes } from '../../src/wire/http2/hpack-decoder.ts';
import { buildRuntime, type RuntimeEnv } from '../../src/proxy/runtime.ts';
import { spreadOf } from '../measure/statistics.ts';
import { SecureContexts } from '../../src/proxy/upstream/secure-contexts.ts';
import { ReplayMemory } from '../../src/proxy/upstream/retry/replay-memory.ts';
import { ServerSockets } from '../../src/proxy/upstream/server-sockets.ts';
import { ServerConnection } from '../../src/proxy/upstream/server-connection.ts';

const written = { client: 0, server: 0 };

/** What the connections use of a socket, doing nothing. */
function idleSocket(side: 'client' | 'server'): net.Socket {
  const socket = {
    writableLength: 0,
    remotePort: 1,
    write(bytes: string | Buffer): boolean {
      written[side] += bytes.length;
      return true;
    },
    on: nothing,
    once: nothing,
    resume: nothing,
    end: nothing,
    destroy: nothing,
  };
  return socket as unknown as net.Socket; // A real one would cost what is not to be measured.
}

function nothing(): void {}

const limits = { headBytes: 32_768, fields: 100, lineBytes: 8192, chunkExtensionBytes: 4096, trailerBytes: 8192 };
const timeouts = {
  headMs: 3e4,
  bodyIdleMs: 3e4,
  bodyMinRate: 240,
  keepAliveMs: 75e3,
  writeMs: 3e4,
  tunnelIdleMs: 36e5,
};
const listener = {
  name: 'web',
  address: { kind: 'tcp', host: '127.0.0.1', port: 80 },
  limits,
  paths: { mergeSlashes: true },
  tls: undefined,
  timeouts,
} as const;
const plan = {
  instance: 'postern-1a2b3c4d',
  graceMs: 1000,
  listeners: [listener],
  routes: [
    {
      name: 'app',
      hosts: [{ kind: 'any' }],
      path: { kind: 'folder', path: '/' },
      listeners: undefined,
      pool: 'pool',
      replacePrefix: undefined,
      ...plainRoute,
      hostHeader: { kind: 'preserve' },
      upgrade: ['websocket'],
    },
  ],
  pools: [
    {
      ...plainPool,
      name: 'pool',
      servers: [
        {
          ...plainServer,
          name: 'http://127.0.0.1:8080',
          address: { kind: 'tcp', host: '127.0.0.1', port: 8080 },
          hostHeader: '127.0.0.1:8080',
        },
      ],
      timeouts: { connectMs: 5000, firstByteMs: 6e4, idleMs: 6e4 },
      idleConnections: { max: 256, idleMs: 5e4, maxAgeMs: 36e5, maxRequests: 0 },
      limits,
    },
  ],
  accessLog: undefined,
  connections: { total: 10_000, perClient: 0 },
  forwarding: { trustedProxies: [], forwarded: false, via: false },
} as const;

const clock = new LoopClock({ now: () => performance.now(), date: () => Date.now() });
const date = new HttpDate(clock);
const ids = new RequestIds();
const nextId = (): string => ids.next();
const format = jsonFormat();
const mask = new Masker(['password']);
let logged = 0;
let spans = 0;
const tracing = new ExchangeTracing(clock, (batch) => (spans += batch.length));
const logBuffer = Buffer.alloc(4096);

const env: ClientEnv & RuntimeEnv = {
  clock,
  log: { debug() {}, info() {}, warn() {}, error() {} },
  wheel: new TimerWheel(clock),
  buffers: new BufferPool(),
  serverReadBuffer: new ReadBuffer(READ_BYTES),
  flushes: new FlushQueue(),
  hpackScratch: Buffer.allocUnsafeSlow(hpackScratchBytes(BLOCK_BYTES)),
  secureContexts: new SecureContexts(),
  serverSockets: new ServerSockets(),
  replayMemory: new ReplayMemory(),
  disk: new DiskBudget(),
  passwords: new WorkQueue({ running: 2, waiting: 100 }),
  draining: false,
  bug: console.error,
  date,
  beginHttp2: () => undefined,
  requestId: (headers, client) => requestIdFor(headers, client.trusted, nextId),
  handler: {
    handle(exchange: Exchange, reply: Reply) {
      if (tracing.on) tracing.begin(exchange);
      return handleExchange(exchange, reply, runtime);
    },
    finished(exchange: Exchange) {
      if (exchange.trace !== undefined || exchange.span !== undefined) tracing.finished(exchange);
      if (counting) counters.finished(exchange);
      if (withLog) logged += logBuffer.latin1Write(format(exchange, clock.date(), mask), 0);
    },
  },
};
const runtime = buildRuntime(plan, undefined, new Map(), env);
const server = runtime.pools.get('pool')!.servers[0]!;
const dialed = { socket: idleSocket('server'), onBytes: (_chunk: Buffer): boolean => true };
server.idle(new ServerConnection(dialed, server, env, clock.now()));
const accepted: ClientSocket = {
  socket: idleSocket('client'),
  listener: { name: 'web', plan: listener },
  address: '127.0.0.1',
  port: 40_000,
  localPort: 80,
  tls: undefined,
  onBytes: () => true, // The connection sets its own.
};
new Http1Connection(accepted, { id: 1, trusted: false }, env).start();

const small = Buffer.from('GET / HTTP/1.1\r\nHost: 127.0.0.1:22050\r\n\r\n');
const browser = Buffer.from(
  'GET /assets/app.js?v=12 HTTP/1.1\r\nHost: www.example.com\r\nConnection: keep-alive\r\nsec-ch-ua-platform: "Linux"\r\n' +
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n' +
    'Accept: */*\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: no-cors\r\nReferer: https://www.example.com/\r\n' +
    'Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\nCookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n\r\n',
);
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 74\r\nConnection: keep-alive\r\n\r\n${'x'.repeat(74)}`,
);
const clientBuffer = new ReadBuffer(READ_BYTES);
const serverBuffer = new ReadBuffer(READ_BYTES);
answer.copy(serverBuffer.bytes);
let withLog = true;
let counting = false;
const { names } = countedRows(plan);
const counters = new TrafficCounters();
counters.follow(plan, {
  routes: new CounterBook(trafficFields.size).allocate(names.routes.length),
  pools: new CounterBook(trafficFields.size).allocate(names.pools.length),
  process: new CounterBook(processFields.size).allocate(1),
});

function round(request: Buffer, times: number): number {
  request.copy(clientBuffer.bytes);
  const start = process.hrtime.bigint();
  for (let i = 0; i < times; i++) {
    accepted.onBytes(clientBuffer.read(request.length));
    dialed.onBytes(serverBuffer.read(answer.length));
  }
  return Number(process.hrtime.bigint() - start) / times;
}

function best(name: string, request: Buffer, rounds: number): void {
  let least = Infinity;
  for (let i = 0; i < rounds; i++) least = Math.min(least, round(request, 20_000));
  process.stdout.write(`${name.padEnd(40)} ${least.toFixed(0).padStart(6)} ns\n`);
}

const rounds = Number(process.argv[2] ?? 15);
best('small request, with its log line', small, rounds);
best('browser request, with its log line', browser, rounds);
withLog = false;
best('small request, without the log', small, rounds);
best('browser request, without the log', browser, rounds);
/** As with a config that says this of traces. */
function traced(name: string, sample: number, otlpSample: number | undefined): void {
  const otlp = { endpoint: '', headers: {}, service: 'postern', continue: 'trusted' } as const;
  const withSpans = otlpSample === undefined ? undefined : { ...otlp, sample: otlpSample };
  tracing.follow({ ...plan, trace: { sample, header: undefined, from: [], otlp: withSpans } }, 1);
  best(`small request, ${name}`, small, rounds);
}

traced('traces on, none taken', 0, undefined);
traced('spans on, none sampled', 0, 0);
traced('spans sampled', 0, 1);
traced('its trace kept', 1, undefined);
/** What counting costs, in turns with none: medians, and the share of a request that it is. Traces are off. */
function counted(request: Buffer, name: string): void {
  const ratios: number[] = [];
  for (let i = 0; i < 4 * rounds; i++) {
    const order = i % 2 === 0 ? [false, true] : [true, false];
    const ns = [0, 0];
    for (const on of order) {
      counting = on;
      ns[Number(on)] = round(request, 20_000);
    }
    ratios.push(ns[1]! / ns[0]!);
  }
  counting = false;
  const share = (spreadOf(ratios)!.median - 1) * 100;
  process.stdout.write(`${`${name}: metrics and shared counters`.padEnd(50)} ${share.toFixed(1)} % more\n`);
}

tracing.follow(plan, 1);
withLog = true;
counted(small, 'small request, with its log line');
counted(browser, 'browser request, with its log line');
if (spans === 0 || logged === 0 || written.client === 0 || written.server === 0) throw new Error('Nothing was done');
