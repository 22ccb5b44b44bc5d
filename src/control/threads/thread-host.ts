import type {
  BoundListener,
  DataPlaneStatus,
  DrainOptions,
  ListeningSocket,
  LoopDelay,
  NameUpdate,
  Plan,
  TlsSecrets,
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
  /** Plans that were put in force in it since the start: threads with the same number have the same plan. */
  readonly generation: number;
  /** Undefined while it is being replaced. */
  readonly traffic:
    | {
        readonly connections: number;
        readonly exchanges: number;
        readonly exchangesTotal: number;
        readonly loop: LoopDelay;
        readonly heapBytes: number;
      }
    | undefined;
}

/**
 * The data plane as the control plane sees it, wherever it runs. Every call may reject with a ProxyError; after `stop`
 * all of them do, but for `stop` itself.
 */
export interface ThreadHost {
  /**
   * Swaps the plan whole. Calls must not overlap.
   * @throws {ProxyError} `listen-failed` where a new listener cannot be opened; the plan before it stays in force.
   */
  apply(plan: Plan): Promise<readonly BoundListener[]>;
  /** Later addresses of a name take the place of earlier ones; a replaced thread gets them again. */
  setNames(updates: readonly NameUpdate[]): Promise<void>;
  /** They take the place of those before; a replaced thread gets the last ones. */
  setTlsSecrets(secrets: TlsSecrets): Promise<void>;
  reopenLog(): Promise<void>;
  /** Of all threads together. */
  status(): Promise<DataPlaneStatus>;
  /** Of each. Never rejects. */
  threads(): Promise<readonly ThreadStatus[]>;
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
