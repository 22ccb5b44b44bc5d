import type { Explanation, RequestToExplain } from './explain.ts';
import type { LoopDelay } from './loop-watch.ts';
import type { CounterMemory } from './metrics/traffic-counters.ts';
import type { ListenAddress, Plan, PlanParts } from './plan.ts';
import type { TlsVersion } from './tls-plan.ts';
import type { PoolRows } from './pool-rows.ts';
import type { TlsSecrets } from './tls-secrets.ts';
import type { TracedExchange } from './tracing/traced-exchange.ts';

/** New addresses of names that servers are known by: from the control plane, which asks DNS. */
export interface NameUpdate {
  /** The host of `ServerPlan.address`, as written there. */
  readonly name: string;
  /** IP addresses, best first; empty: it does not resolve. */
  readonly addresses: readonly string[];
}

/** Where a listener can be reached, once it listens: port 0 has become a real one. */
export interface BoundListener {
  readonly name: string;
  /** `127.0.0.1:8080`, `[::]:8080` or `unix:/run/x.sock`. */
  readonly address: string;
}

/** A listening socket, as a process tells its successor of it. */
export interface ListeningSocket {
  /** As the plan says it. */
  readonly address: ListenAddress;
  /** What port 0 has become; 0 for a unix socket. */
  readonly port: number;
  /** Its descriptor in the process that is told of it; undefined: that process opens a socket of its own. */
  readonly fd: number | undefined;
}

/** How a drain treats the addresses. */
export interface DrainOptions {
  /**
   * A successor has them: socket files stay, and idle connections get one more answer, for at most 5 s, so that no request
   * that is on its way finds its connection closed.
   */
  readonly handedOver?: boolean;
}

/** TLS handshakes with clients. */
export interface HandshakeStatus {
  readonly done: number;
  readonly resumed: number;
  readonly failed: number;
  /** Those that are done, by version. */
  readonly versions: readonly { readonly version: TlsVersion; readonly full: number; readonly resumed: number }[];
}

/** What `postern status` shows of one thread. */
export interface DataPlaneStatus {
  readonly listeners: readonly (BoundListener & { readonly connections: number })[];
  /** Client connections open now, and since the start. */
  readonly connections: number;
  readonly connectionsTotal: number;
  /** Connections refused by a limit since the start. */
  readonly connectionsRefused: number;
  /** Exchanges in flight now, and since the start. */
  readonly exchanges: number;
  readonly exchangesTotal: number;
  /** Upgraded connections; they are among the exchanges in flight. */
  readonly tunnels: number;
  readonly pools: readonly {
    readonly name: string;
    /** Exchanges that wait for a server, over all threads. */
    readonly waiting?: number;
    readonly servers: readonly {
      readonly name: string;
      readonly addresses: readonly string[];
      /** Exchanges that it has, over all threads, and what it may have of them and of connections; 0: no bound. */
      readonly exchanges?: number;
      readonly maxRequests?: number;
      readonly maxConnections?: number;
      readonly open: number;
      readonly idle: number;
      readonly exchangesTotal: number;
      readonly failuresTotal: number;
    }[];
  }[];
  /** TLS handshakes with clients since the listeners that are there began; the resumed are among those done. */
  readonly handshakes?: HandshakeStatus;
  readonly accessLog: { readonly written: number; readonly dropped: number };
  /** How late its event loop was. */
  readonly loop: LoopDelay;
  /** Share of the requests of normal importance that are refused, because there is too much to do. */
  readonly shed?: number;
  /** Bytes of objects in V8's heap. */
  readonly heapBytes: number;
}

/** What is asked for of a status. */
export interface StatusOptions {
  /** Default: true. False: they are left out, which may be thousands. */
  readonly pools?: boolean | undefined;
}

/** How a plan is put in force in one of several threads. */
export interface ApplyOptions {
  /** Other threads of this process may have the addresses already: it listens beside them. */
  readonly beside?: boolean | undefined;
  /** How many threads there are: idle connections to servers must not take the files of all. Default: 1. */
  readonly threads?: number | undefined;
}

/** The data plane of one thread. */
export interface DataPlane {
  /**
   * Makes ready what a plan with these routes and pools needs, a slice at a time, while the plan in force goes on. The next
   * `apply` takes it if its plan has these very lists; else it makes ready by itself.
   *
   * @param rows what its pools share with those of other threads: of all, or of those that are not in the plan in force. Default: nothing.
   * @param counters where it counts once the plan is in force; default: as before, at first nowhere.
   */
  prepare(parts: PlanParts, rows?: PoolRows, counters?: CounterMemory): Promise<void>;
  /**
   * Swaps the plan whole: opens what is new, swaps, drains what is gone. Calls must not overlap.
   * @throws {ProxyError} `listen-failed` in words, where a new listener cannot be opened; nothing has changed then.
   */
  apply(plan: Plan, options?: ApplyOptions): Promise<readonly BoundListener[]>;
  /** Takes effect for connections made from now on. A name that no server has is ignored. */
  setNames(updates: readonly NameUpdate[]): void;
  /**
   * What threads share about TLS: ticket keys and OCSP responses. They take the place of those before, for handshakes from
   * now on and for listeners to come. Without a call, sessions are taken up by this thread alone.
   */
  setTlsSecrets(secrets: TlsSecrets): void;
  /** Closes all connections to a server now: what is on its way there breaks off. One that it does not have is ignored. */
  cut(pool: string, server: string): void;
  /** Opens the access log's file anew, after it was renamed. */
  reopenLog(): Promise<void>;
  status(options?: StatusOptions): DataPlaneStatus;
  /**
   * What would become of a request, by the plan in force or by another one, of which nothing is opened.
   * @throws {ProxyError} `bad-request` where there is no such listener, or no plan.
   */
  explain(request: RequestToExplain, plan?: Plan): Promise<Explanation>;
  /** What is kept of an exchange that was traced; undefined: nothing, or nothing any more. @param id that of the log. */
  traced(id: string): TracedExchange | undefined;
  /** The sockets that it listens on, with their descriptors. Whoever closes one of these ends the listener. */
  listeningSockets(): readonly ListeningSocket[];
  /** Sockets of the process before this one: the next `apply` continues those whose address is in its plan, and closes the others. */
  takeOver(sockets: readonly ListeningSocket[]): void;
  /** Closes the listeners, answers with `Connection: close`, and resolves when the last connection has gone or after `graceMs` by force. */
  drain(graceMs: number, options?: DrainOptions): Promise<void>;
  /** Closes everything now. */
  stop(): Promise<void>;
}
