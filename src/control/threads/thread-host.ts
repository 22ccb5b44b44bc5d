import type {
  BoundListener,
  DataPlaneStatus,
  DrainOptions,
  Explanation,
  ListeningSocket,
  LoopDelay,
  NameUpdate,
  Plan,
  RequestToExplain,
  StatusOptions,
  TlsSecrets,
  TracedExchange,
} from '../../proxy/index.ts';

/** What is known of a thread without asking it. */
export interface ThreadFacts {
  /** `data-1`; `main` where it is the caller's own. */
  readonly name: string;
  /** `caller`: the data plane runs in the caller's own event loop. */
  readonly state: 'caller' | 'running' | 'starting' | 'stopped';
  /** Threads that died and were replaced since the start. */
  readonly replaced: number;
}

/** What `postern status` says of a thread. */
export interface ThreadStatus extends ThreadFacts {
  /** Of the plan that it has, counted from the start: threads with the same number have the same plan. */
  readonly generation: number;
  /** Undefined while it is being replaced. */
  readonly traffic:
    | {
        readonly connections: number;
        readonly exchanges: number;
        readonly exchangesTotal: number;
        readonly loop: LoopDelay;
        /** Share of the requests of normal importance that it refuses, because it has too much to do. */
        readonly shed?: number | undefined;
        readonly heapBytes: number;
      }
    | undefined;
}

/** How a thread gets a plan as one of several. */
export interface ApplyTurn {
  /** The plan's number; default: one more than the last. */
  readonly generation?: number;
  /**
   * Another thread has taken the plan and opened what is new: this one listens beside it. Where it is being replaced, or dies
   * of something else meanwhile, the one after it comes up with the plan. Default: false.
   */
  readonly follows?: boolean;
}

/**
 * The data plane as the control plane sees it, wherever it runs. Every call may reject with a ProxyError; after `stop`
 * all of them do, but for `stop` itself.
 */
export interface ThreadHost {
  /** Makes ready what the plan needs, while the one before goes on: `apply` does the same where it was not called. */
  prepare(plan: Plan): Promise<void>;
  /**
   * Swaps the plan whole. Calls must not overlap. Where there is no thread just now, one is started with this plan.
   * @throws {ProxyError} `listen-failed` where a new listener cannot be opened; the plan before it stays in force.
   */
  apply(plan: Plan, turn?: ApplyTurn): Promise<readonly BoundListener[]>;
  /** Later addresses of a name take the place of earlier ones; a replaced thread gets them again. */
  setNames(updates: readonly NameUpdate[]): Promise<void>;
  /** They take the place of those before; a replaced thread gets the last ones. */
  setTlsSecrets(secrets: TlsSecrets): Promise<void>;
  /** Closes all connections to a server now, in all threads. */
  cut(pool: string, server: string): Promise<void>;
  reopenLog(): Promise<void>;
  /**
   * What would become of a request, by the plan in force and as things are now in one of the threads.
   * @throws {ProxyError} `bad-request` where it has no such listener.
   */
  explain(request: RequestToExplain): Promise<Explanation>;
  /** Of all threads together. */
  status(options?: StatusOptions): Promise<DataPlaneStatus>;
  /** Of each. Never rejects. */
  threads(): Promise<readonly ThreadStatus[]>;
  /** What is kept of an exchange that was traced, in whichever thread; undefined: nothing. */
  traced(id: string): Promise<TracedExchange | undefined>;
  /** The sockets that it listens on. They stay its own. */
  listeningSockets(): Promise<readonly ListeningSocket[]>;
  /** Sockets of the process before this one, for the first `apply`. A thread that takes another's place opens its own. */
  takeOver(sockets: readonly ListeningSocket[]): Promise<void>;
  /** Closes the listeners and resolves when the last connection has gone, or after `graceMs` by force. */
  drain(graceMs: number, options?: DrainOptions): Promise<void>;
  /** Closes everything now and lets nothing run on. */
  stop(): Promise<void>;
  readonly facts: readonly ThreadFacts[];
}
