import { setTimeout as pause } from 'node:timers/promises';
import { BufferPool, READ_BYTES } from '../core/buffer-pool.ts';
import { ProxyError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { LoopClock } from '../core/loop-clock.ts';
import { hpackScratchBytes } from '../wire/http2/hpack-decoder.ts';
import { FlushQueue } from './http2/flush-queue.ts';
import { BLOCK_BYTES } from './http2/session-settings.ts';
import { ReadBuffer } from '../core/read-buffer.ts';
import { TimerWheel } from '../core/timer-wheel.ts';
import { AccessLog, openAccessLog } from './access-log/access-log.ts';
import { Acceptor, type AcceptedConnection } from './accept/acceptor.ts';
import { ConnectionGate } from './accept/connection-gate.ts';
import type { Listener, ListenerStart } from './accept/listener.ts';
import { bondEnvOf, type BondEnv } from './bond-env.ts';
import { BugTeller } from './bug-teller.ts';
import { ClientConnections } from './client-connections.ts';
import { ClientCrowd } from './client-crowd.ts';
import type { ClientSocket } from './client-socket.ts';
import type { ClientEnv, ClientFacts } from './codec/client-env.ts';
import type {
  ApplyOptions,
  BoundListener,
  DataPlane,
  DataPlaneStatus,
  DrainOptions,
  ListeningSocket,
  NameUpdate,
  StatusOptions,
} from './data-plane.ts';
import type { DataPlaneEnv } from './data-plane-env.ts';
import type { Abortable, ClientConnection, Exchange, ExchangeHandler, Reply } from './exchange.ts';
import { ExchangeTracing } from './exchange-tracing.ts';
import { RequestIds, requestIdFor } from './forwarding/request-id.ts';
import { explain, explainPlan, type Explanation, type RequestToExplain } from './explain.ts';
import { handleExchange } from './handler.ts';
import { HttpDate } from './http-date.ts';
import type { FeatureEnv } from './middleware/feature.ts';
import type { Functions } from './middleware/module/load-modules.ts';
import { NextRuntime } from './next-runtime.ts';
import type { ListenerPlan, Plan, PlanParts } from './plan.ts';
import { TrafficCounters, type CounterMemory } from './metrics/traffic-counters.ts';
import type { PoolRows } from './pool-rows.ts';
import { placeAlone, sharedParts } from './thread-memory.ts';
import { Tunnels } from './tunnel/tunnels.ts';
import { ThreadWatches } from './thread-watches.ts';
import type { TlsSecrets } from './tls-secrets.ts';
import type { TracedExchange } from './tracing/traced-exchange.ts';
import { handshakeStatus, poolStatus } from './pool-status.ts';
import type { Runtime, RuntimeEnv } from './runtime.ts';
import { SecureContexts } from './upstream/secure-contexts.ts';
import { ReplayMemory } from './upstream/retry/replay-memory.ts';
import { ServerSockets } from './upstream/server-sockets.ts';
import type { Headers } from '../core/headers.ts';

/** How long a connection that is idle when a successor has taken over waits for one more request, in ms. */
const lastRequestMs = 5000;

/** A data plane in the caller's event loop. */
export function createDataPlane(env: DataPlaneEnv): DataPlane {
  return new Thread(env);
}

/** Everything that one event loop has: the listeners, the runtime in force, and the connections of both sides. */
class Thread implements DataPlane, ExchangeHandler, ClientEnv, RuntimeEnv {
  readonly clock: LoopClock;
  readonly wheel: TimerWheel;
  readonly buffers: BufferPool = new BufferPool();
  readonly serverReadBuffer: ReadBuffer = new ReadBuffer(READ_BYTES);
  readonly flushes: FlushQueue = new FlushQueue();
  readonly hpackScratch: Buffer = Buffer.allocUnsafeSlow(hpackScratchBytes(BLOCK_BYTES));
  readonly secureContexts: SecureContexts = new SecureContexts();
  readonly disk: FeatureEnv['disk'];
  readonly passwords: FeatureEnv['passwords'];
  readonly serverSockets: ServerSockets = new ServerSockets();
  readonly replayMemory: ReplayMemory = new ReplayMemory();
  readonly handler: ExchangeHandler = this;
  rows: PoolRows | undefined;
  readonly place: number;
  readonly functions: Functions | undefined;
  readonly bonds: BondEnv;
  readonly tell: DataPlaneEnv['tell'];
  draining = false;
  readonly log: Logger;
  readonly #gate: ConnectionGate;
  readonly #counters: TrafficCounters = new TrafficCounters();
  readonly #acceptor: Acceptor;
  readonly #ids: RequestIds = new RequestIds();
  readonly date: HttpDate;
  readonly #next: NextRuntime = new NextRuntime(this);
  readonly #connections: ClientConnections = new ClientConnections(this);
  readonly #watches: ThreadWatches;
  readonly shedder: ThreadWatches['shedder'];
  readonly tunnels: Tunnels;
  readonly #tracing: ExchangeTracing;
  readonly #bugs: BugTeller;
  #listeners: readonly Listener[] = [];
  /** Connections that wait for the plan of their listener to be in force; bounded by the gate. */
  readonly #early: AcceptedConnection[] = [];
  #runtime: Runtime | undefined;
  #log: AccessLog | undefined;
  #finished = 0;

  constructor(env: DataPlaneEnv) {
    const shared = env.shared ?? placeAlone();
    this.log = env.log;
    this.place = shared.place;
    this.bonds = bondEnvOf(shared.memory.bonds);
    this.functions = env.functions;
    this.tell = env.tell;
    ({ disk: this.disk, passwords: this.passwords } = sharedParts(shared));
    this.#gate = new ConnectionGate(undefined, shared);
    this.clock = new LoopClock(env.clock);
    this.wheel = new TimerWheel(this.clock);
    this.#bugs = new BugTeller(this.clock, env.log);
    this.#tracing = new ExchangeTracing(this.clock, env.spans);
    this.#acceptor = new Acceptor({ gate: this.#gate, log: env.log, clock: env.clock });
    this.date = new HttpDate(this.clock);
    this.#watches = new ThreadWatches(new ClientCrowd(this.#gate, this.#connections), env.log, env.memory);
    this.shedder = this.#watches.shedder;
    this.tunnels = new Tunnels(this);
  }

  // --- plans ---------------------------------------------------------------------------------------------------

  async prepare(parts: PlanParts, rows?: PoolRows, counters?: CounterMemory): Promise<void> {
    this.rows = rows;
    await this.#counters.prepare(parts, counters);
    await this.#next.prepare(parts, this.#runtime);
  }

  async apply(plan: Plan, { beside = false, threads = 1 }: ApplyOptions = {}): Promise<readonly BoundListener[]> {
    this.#acceptor.beside = beside;
    const runtime = await this.#next.take(plan, this.#runtime);
    this.rows = undefined; // Its pools have them now.
    const log = await this.#logFor(plan);
    const opened: Listener[] = [];
    let starts: readonly ListenerStart[];
    try {
      starts = plan.listeners.map((listener) => this.#startOf(listener));
      for (const start of starts) if (!this.#listening(start.plan)) opened.push(await this.#open(start));
    } catch (error) {
      await this.#giveUp(opened, log);
      throw error;
    }
    this.#counters.take(plan);
    this.#tracing.follow(plan, threads);
    this.serverSockets.follow(plan.connections.total, threads);
    await this.#swap(runtime, log, { opened, starts });
    this.#acceptor.settleTakeOver(plan.listeners.map(({ address }) => address));
    return this.#listeners.map(({ name, address }) => ({ name, address }));
  }

  async #giveUp(opened: readonly Listener[], log: AccessLog | undefined): Promise<void> {
    for (const { socket } of this.#early.splice(0)) socket.destroy();
    await Promise.all(opened.map((listener) => listener.close()));
    if (log !== this.#log) await log?.close();
    this.#next.drop(this.#runtime);
  }

  /** From here on nothing can fail. */
  async #swap(
    runtime: Runtime,
    log: AccessLog | undefined,
    { opened, starts }: { opened: readonly Listener[]; starts: readonly ListenerStart[] },
  ): Promise<void> {
    const old = { runtime: this.#runtime, log: this.#log, listeners: this.#listeners };
    const { plan } = runtime;
    this.wheel.start();
    this.#watches.follow(plan, this.clock.now());
    this.#gate.limits = plan.connections;
    this.#log = log;
    this.#runtime = runtime;
    this.tunnels.follow(runtime.pools);
    this.#next.settle();
    this.#listeners = plan.listeners.map(
      (listener) => this.#listening(listener) ?? opened.find(({ name }) => name === listener.name)!,
    );
    for (const [i, listener] of this.#listeners.entries()) listener.follow(starts[i]!);
    for (const accepted of this.#early.splice(0)) this.#connected(accepted);
    this.#next.retire(old.runtime, runtime);
    const gone = old.listeners.filter((listener) => !this.#listeners.includes(listener));
    this.#connections.drain((connection) => gone.some((listener) => connection.cameBy(listener)));
    await Promise.all(gone.map((listener) => listener.close()));
    if (old.log !== log) await old.log?.close();
  }

  async #logFor(plan: Plan): Promise<AccessLog | undefined> {
    if (!plan.accessLog) return undefined;
    if (this.#log && JSON.stringify(this.#log.plan) === JSON.stringify(plan.accessLog)) return this.#log;
    return openAccessLog(plan.accessLog, { clock: this.clock, log: this.log });
  }

  /** The listener that has this address already, under whatever name. */
  #listening(plan: ListenerPlan): Listener | undefined {
    const address = JSON.stringify(plan.address);
    return this.#listeners.find((listener) => JSON.stringify(listener.plan.address) === address);
  }

  #startOf(plan: ListenerPlan): ListenerStart {
    return { plan, tls: this.#acceptor.tlsFor(plan, this.#listening(plan)?.tls) };
  }

  #open(start: ListenerStart): Promise<Listener> {
    return this.#acceptor.open(start, (connection) => this.#connected(connection));
  }

  setNames(updates: readonly NameUpdate[]): void {
    this.#next.setNames(updates, this.#runtime);
  }

  setTlsSecrets(secrets: TlsSecrets): void {
    this.#acceptor.secrets = secrets;
    for (const listener of this.#listeners) listener.tls?.useSecrets(secrets);
  }

  cut(pool: string, server: string): void {
    this.#runtime?.pools.get(pool)?.cut(server);
  }

  listeningSockets(): readonly ListeningSocket[] {
    return this.#listeners.map((listener) => listener.socket);
  }

  takeOver(sockets: readonly ListeningSocket[]): void {
    this.#acceptor.takeOver(sockets);
  }

  async reopenLog(): Promise<void> {
    await this.#log?.reopen();
  }

  // --- connections and exchanges -------------------------------------------------------------------------------

  #connected(accepted: AcceptedConnection): void {
    // A listener that opens with others may be connected to before all are open and its plan is in force.
    if (!this.#listeners.includes(accepted.listener)) return void this.#early.push(accepted);
    this.clock.refresh();
    this.#connections.add(accepted, this.#runtime?.forwarding.trusted.has(accepted.address) ?? false);
  }

  beginHttp2(client: ClientSocket, facts: ClientFacts, came: readonly Buffer[]): void {
    this.#connections.addHttp2(client, facts, came);
  }

  handle(exchange: Exchange, reply: Reply): Abortable | undefined {
    if (this.#tracing.on) this.#tracing.begin(exchange);
    return handleExchange(exchange, reply, this.#runtime!);
  }

  finished(exchange: Exchange): void {
    this.#finished++;
    exchange.tunnel?.over();
    this.#counters.finished(exchange);
    if (exchange.trace !== undefined || exchange.span !== undefined) this.#tracing.finished(exchange);
    this.#log?.record(exchange);
  }

  readonly bug = (error: unknown): void => this.#bugs.tell(error);

  requestId(headers: Headers, client: ClientConnection): string {
    return requestIdFor(headers, client.trusted, this.#nextId);
  }

  readonly #nextId = (): string => this.#ids.next();

  async explain(request: RequestToExplain, plan?: Plan): Promise<Explanation> {
    this.clock.refresh();
    if (plan !== undefined) return explainPlan(request, plan, this.#next.names, this);
    if (this.#runtime === undefined) throw new ProxyError('bad-request', 'Cannot explain: there is no plan yet');
    return explain(request, this.#runtime);
  }

  traced(id: string): TracedExchange | undefined {
    return this.#tracing.traced(id);
  }

  status({ pools = true }: StatusOptions = {}): DataPlaneStatus {
    const { exchanges, tunnels } = this.#connections;
    return {
      listeners: this.#listeners.map(({ name, address, connections }) => ({ name, address, connections })),
      connections: this.#gate.open,
      connectionsTotal: this.#gate.total,
      connectionsRefused: this.#gate.refused,
      exchanges,
      exchangesTotal: this.#finished + exchanges,
      tunnels,
      pools: poolStatus((pools && this.#runtime?.pools.values()) || []),
      handshakes: handshakeStatus(this.#listeners),
      accessLog: { written: this.#log?.written ?? 0, dropped: this.#log?.dropped ?? 0 },
      ...this.#watches.status(this.clock.now()),
    };
  }

  // --- the end -------------------------------------------------------------------------------------------------

  async drain(graceMs: number, { handedOver = false }: DrainOptions = {}): Promise<void> {
    this.draining = true;
    this.clock.refresh();
    this.tunnels.drain(graceMs);
    const lingerMs = handedOver ? Math.min(lastRequestMs, graceMs / 2) : 0;
    if (handedOver) await this.#leaveListeners(lingerMs);
    await this.#closeListeners();
    this.#connections.drain();
    await this.#connections.gone(graceMs - lingerMs);
    await this.stop();
  }

  async stop(): Promise<void> {
    this.draining = true;
    await this.#closeListeners();
    await this.#next.retired;
    this.#connections.destroy();
    for (const pool of this.#runtime?.pools.values() ?? []) pool.destroy();
    this.#runtime?.features.close();
    // A destroyed socket says 'close' in a later turn, and with it the exchange's line is written.
    await this.#connections.gone(1000);
    this.#tracing.flush();
    this.wheel.stop();
    this.#watches.stop();
    const log = this.#log;
    this.#log = undefined;
    await log?.close();
  }

  /** The listeners take no connections any more, but those that came in by them go on: handshakes, and idle ones for one more request. */
  async #leaveListeners(lingerMs: number): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.handOver()));
    const end = performance.now() + lingerMs;
    // oxlint-disable-next-line no-await-in-loop -- a handshake that ends makes a connection
    while (this.#gate.open > 0 && performance.now() < end) await pause(20);
  }

  async #closeListeners(): Promise<void> {
    const listeners = this.#listeners;
    this.#listeners = [];
    await Promise.all(listeners.map((listener) => listener.close()));
  }
}
