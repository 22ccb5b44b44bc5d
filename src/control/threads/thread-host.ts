import type {
  BoundListener,
  DataPlaneStatus,
  DrainOptions,
  ListeningSocket,
  NameUpdate,
  Plan,
  TlsSecrets,
} from '../../proxy/index.ts';

/** What `postern status` says of the thread itself. */
export interface ThreadFacts {
  /** `caller`: the data plane runs in the caller's own event loop. */
  readonly state: 'caller' | 'running' | 'starting' | 'stopped';
  /** Threads that died and were replaced since the start. */
  readonly replaced: number;
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
  status(): Promise<DataPlaneStatus>;
  /** The sockets that it listens on. They stay its own. */
  listeningSockets(): Promise<readonly ListeningSocket[]>;
  /** Sockets of the process before this one, for the first `apply`. A thread that takes another's place opens its own. */
  takeOver(sockets: readonly ListeningSocket[]): Promise<void>;
  /** Closes the listeners and resolves when the last connection has gone, or after `graceMs` by force. */
  drain(graceMs: number, options?: DrainOptions): Promise<void>;
  /** Closes everything now and lets nothing run on. */
  stop(): Promise<void>;
  readonly facts: ThreadFacts;
}
