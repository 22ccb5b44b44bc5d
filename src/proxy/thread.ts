import { setTimeout as pause } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { BufferPool, READ_BYTES } from '../core/buffer-pool.ts';
import type { Clock } from '../core/clock.ts';
import { DiskBudget } from '../core/disk-budget.ts';
import { ProxyError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { LoopClock } from '../core/loop-clock.ts';
import { ReadBuffer } from '../core/read-buffer.ts';
import { SharedCount } from '../core/shared/shared-count.ts';
import { TimerWheel } from '../core/timer-wheel.ts';
import { AccessLog, openAccessLog } from './access-log/access-log.ts';
import { Acceptor, type AcceptedConnection } from './accept/acceptor.ts';
import { ConnectionGate } from './accept/connection-gate.ts';
import type { Listener, ListenerStart } from './accept/listener.ts';
import { ClientCrowd } from './client-crowd.ts';
import type { ClientEnv } from './codec/http1/client-env.ts';
import { Http1Connection } from './codec/http1/http1-connection.ts';
import type {
  ApplyOptions,
  BoundListener,
  DataPlane,
  DataPlaneStatus,
  DrainOptions,
  ListeningSocket,
  NameUpdate,
} from './data-plane.ts';
import type { Abortable, ClientConnection, Exchange, ExchangeHandler, Reply } from './exchange.ts';
import { RequestIds, requestIdFor } from './forwarding/request-id.ts';
import { explain, type Explanation, type RequestToExplain } from './explain.ts';
import { handleExchange } from './handler.ts';
import { HttpDate } from './http-date.ts';
import { LoopWatch } from './loop-watch.ts';
import { MemoryWatch, systemMemory, type ReadMemory } from './memory-watch.ts';
import type { ListenerPlan, Plan } from './plan.ts';
import { TrafficCounters } from './metrics/traffic-counters.ts';
import { placeAlone, type SharedPlace } from './thread-memory.ts';
import type { TlsSecrets } from './tls-secrets.ts';
import { handshakeStatus, poolStatus } from './pool-status.ts';
import { buildRuntime, retire, type Runtime, type RuntimeEnv } from './runtime.ts';
import { SecureContexts } from './upstream/secure-contexts.ts';
import { ServerSockets } from './upstream/server-sockets.ts';
import type { Headers } from '../core/headers.ts';

/** What a data plane needs from outside. */
export interface DataPlaneEnv {
  readonly clock: Clock;
  readonly log: Logger;
  /** Default: the machine's. */
  readonly memory?: ReadMemory;
  /** Where it counts what is one number for all threads; default: it is alone. */
  readonly shared?: SharedPlace;
}

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
  readonly secureContexts: SecureContexts = new SecureContexts();
  readonly disk: DiskBudget;
  readonly serverSockets: ServerSockets = new ServerSockets();
  readonly handler: ExchangeHandler = this;
  draining = false;
  readonly log: Logger;
  readonly #gate: ConnectionGate;
  readonly #counters: TrafficCounters = new TrafficCounters();
  readonly #acceptor: Acceptor;
  readonly #ids: RequestIds = new RequestIds();
  readonly #date: HttpDate;
  readonly #names: Map<string, readonly string[]> = new Map();
  readonly #connections: Set<Http1Connection> = new Set();
  readonly #memory: MemoryWatch;
  readonly #loop: LoopWatch = new LoopWatch();
  #listeners: readonly Listener[] = [];
  /** Connections that wait for the plan of their listener to be in force; bounded by the gate. */
  readonly #early: AcceptedConnection[] = [];
  #runtime: Runtime | undefined;
  #log: AccessLog | undefined;
  #finished = 0;
  #lastBug = -Infinity;
  #connectionsTotal = 0;
  /** Called when the last connection has gone: a stop may come in the middle of a drain, and each waits. */
  readonly #onEmpty: Set<() => void> = new Set();

  constructor(env: DataPlaneEnv) {
    const shared = env.shared ?? placeAlone();
    this.log = env.log;
    this.disk = new DiskBudget(new SharedCount(shared.memory.disk, shared.place));
    this.#gate = new ConnectionGate(undefined, shared);
    this.clock = new LoopClock(env.clock);
    this.wheel = new TimerWheel(this.clock);
    this.#acceptor = new Acceptor({ gate: this.#gate, log: env.log, clock: env.clock });
    this.#date = new HttpDate(this.clock);
    const crowd = new ClientCrowd(this.#gate, this.#connections);
    this.#memory = new MemoryWatch(crowd, env.memory ?? systemMemory(), env.log);
  }

  // --- plans ---------------------------------------------------------------------------------------------------

  async apply(
    plan: Plan,
    { counters, beside = false, threads = 1 }: ApplyOptions = {},
  ): Promise<readonly BoundListener[]> {
    this.#acceptor.beside = beside;
    const runtime = buildRuntime(plan, this.#runtime, this.#names, this);
    const log = await this.#logFor(plan);
    const opened: Listener[] = [];
    let starts: readonly ListenerStart[];
    try {
      starts = plan.listeners.map((listener) => this.#startOf(listener));
      for (const start of starts) if (!this.#listening(start.plan)) opened.push(await this.#open(start));
    } catch (error) {
      for (const { socket } of this.#early.splice(0)) socket.destroy();
      await Promise.all(opened.map((listener) => listener.close()));
      if (log !== this.#log) await log?.close();
      if (this.#runtime) runtime.features.retire(this.#runtime.features);
      else runtime.features.close();
      throw error;
    }
    if (counters !== undefined) this.#counters.follow(plan, counters);
    this.serverSockets.most = Math.ceil(plan.connections.total / threads);
    await this.#swap(runtime, log, { opened, starts });
    this.#acceptor.settleTakeOver(plan.listeners.map(({ address }) => address));
    return this.#listeners.map(({ name, address }) => ({ name, address }));
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
    this.#memory.start();
    this.#loop.start(this.clock.now());
    this.#gate.limits = plan.connections;
    this.#log = log;
    this.#runtime = runtime;
    this.#listeners = plan.listeners.map(
      (listener) => this.#listening(listener) ?? opened.find(({ name }) => name === listener.name)!,
    );
    for (const [i, listener] of this.#listeners.entries()) listener.follow(starts[i]!);
    for (const accepted of this.#early.splice(0)) this.#connected(accepted);
    retire(old.runtime, runtime);
    this.#forgetNames(plan);
    const gone = old.listeners.filter((listener) => !this.#listeners.includes(listener));
    for (const connection of this.#connections)
      if (gone.some((listener) => connection.cameBy(listener))) connection.drain();
    await Promise.all(gone.map((listener) => listener.close()));
    if (old.log !== log) await old.log?.close();
  }

  /** Names that no server has any more: otherwise each reload could add to them for ever. */
  #forgetNames(plan: Plan): void {
    const inUse = new Set(
      plan.pools.flatMap(({ servers }) => servers.map(({ address }) => (address.kind === 'tcp' ? address.host : ''))),
    );
    for (const name of this.#names.keys()) if (!inUse.has(name)) this.#names.delete(name);
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
    for (const { name, addresses } of updates) {
      this.#names.set(name, addresses);
      for (const pool of this.#runtime?.pools.values() ?? []) pool.setAddresses(name, addresses);
    }
  }

  setTlsSecrets(secrets: TlsSecrets): void {
    this.#acceptor.secrets = secrets;
    for (const listener of this.#listeners) listener.tls?.useSecrets(secrets);
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
    const id = ++this.#connectionsTotal;
    const trusted = this.#runtime?.forwarding.trusted.has(accepted.address) ?? false;
    this.clock.refresh();
    const connection = new Http1Connection(accepted, { id, trusted }, this);
    this.#connections.add(connection);
    connection.onClose(() => this.#gone(connection));
    connection.start();
  }

  #gone(connection: Http1Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) for (const emptied of this.#onEmpty) emptied();
  }

  handle(exchange: Exchange, reply: Reply): Abortable | undefined {
    return handleExchange(exchange, reply, this.#runtime!);
  }

  finished(exchange: Exchange): void {
    this.#finished++;
    this.#counters.finished(exchange);
    this.#log?.record(exchange);
  }

  bug(error: unknown): void {
    // Once a second: a peer that can provoke it must not be able to fill the log.
    const now = this.clock.now();
    if (now - this.#lastBug < 1000) return;
    this.#lastBug = now;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.log.error(`Cannot go on with a connection, because of a defect in Postern: ${text}`);
  }

  dateLine(): string {
    return this.#date.line();
  }

  requestId(headers: Headers, client: ClientConnection): string {
    return requestIdFor(headers, client.trusted, this.#nextId);
  }

  readonly #nextId = (): string => this.#ids.next();

  async explain(request: RequestToExplain, plan?: Plan): Promise<Explanation> {
    this.clock.refresh();
    if (plan === undefined) {
      if (this.#runtime === undefined) throw new ProxyError('bad-request', 'Cannot explain: there is no plan yet');
      return explain(request, this.#runtime);
    }
    const runtime = buildRuntime(plan, undefined, this.#names, this);
    return explain(request, runtime).finally(() => runtime.features.close());
  }

  status(): DataPlaneStatus {
    let [exchanges, tunnels] = [0, 0];
    for (const { busy, tunnel } of this.#connections) {
      exchanges += Number(busy);
      tunnels += Number(tunnel);
    }
    return {
      listeners: this.#listeners.map(({ name, address, connections }) => ({ name, address, connections })),
      connections: this.#gate.open,
      connectionsTotal: this.#gate.total,
      connectionsRefused: this.#gate.refused,
      exchanges,
      exchangesTotal: this.#finished + exchanges,
      tunnels,
      pools: poolStatus(this.#runtime?.pools.values() ?? []),
      handshakes: handshakeStatus(this.#listeners),
      accessLog: { written: this.#log?.written ?? 0, dropped: this.#log?.dropped ?? 0 },
      loop: this.#loop.delay(this.clock.now()),
      heapBytes: getHeapStatistics().used_heap_size,
    };
  }

  // --- the end -------------------------------------------------------------------------------------------------

  async drain(graceMs: number, { handedOver = false }: DrainOptions = {}): Promise<void> {
    this.draining = true;
    const lingerMs = handedOver ? Math.min(lastRequestMs, graceMs / 2) : 0;
    if (handedOver) await this.#leaveListeners(lingerMs);
    await this.#closeListeners();
    for (const connection of this.#connections) connection.drain();
    await this.#emptyWithin(graceMs - lingerMs);
    await this.stop();
  }

  async stop(): Promise<void> {
    this.draining = true;
    await this.#closeListeners();
    for (const connection of this.#connections) connection.destroy();
    for (const pool of this.#runtime?.pools.values() ?? []) pool.destroy();
    this.#runtime?.features.close();
    // A destroyed socket says 'close' in a later turn, and with it the exchange's line is written.
    await this.#emptyWithin(1000);
    this.wheel.stop();
    this.#loop.stop();
    this.#memory.stop();
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

  #emptyWithin(ms: number): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#onEmpty.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#onEmpty.add(done);
    });
  }

  async #closeListeners(): Promise<void> {
    const listeners = this.#listeners;
    this.#listeners = [];
    await Promise.all(listeners.map((listener) => listener.close()));
  }
}
