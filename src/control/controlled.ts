import type { BoundListener, DataPlaneStatus, TracedExchange } from '../proxy/index.ts';
import type { CertificateStatus } from './certificates/certificate-keeper.ts';
import type { ConfigProblem } from './config/config-problem.ts';
import type { Insight } from './insight.ts';
import type { DisabledPart } from './disabled-parts.ts';
import type { ReloadReport } from './reload-report.ts';
import type { NameStatus } from './names/name-resolver.ts';
import type { UpgradeResult } from './service/succession.ts';
import type { RuntimeServers } from './servers/runtime-servers.ts';
import type { PoolState } from './servers/pool-state.ts';
import type { ServerStatus } from './servers/server-care.ts';
import type { Estate } from './service/take-over.ts';
import type { ThreadStatus } from './threads/thread-host.ts';

/** Where a running Postern is in its life. */
export type Phase = 'starting' | 'running' | 'draining' | 'stopped';

/** How a reload went. */
export type ReloadResult =
  /** The new config is in force; `changed` is false where it was the same as before. */
  | {
      readonly ok: true;
      readonly changed: boolean;
      readonly warnings: readonly ConfigProblem[];
      /** What of the config in force does not work, because something outside is missing. */
      readonly disabled: readonly DisabledPart[];
      readonly report?: ReloadReport;
    }
  /** Nothing has changed. `refused`: the config is wrong; `failed`: it is right, but could not be put in force. */
  | { readonly ok: false; readonly why: 'refused' | 'failed'; readonly problems: readonly ReloadProblem[] };

/** A mistake in the config with its place, or a failure in words. */
export type ReloadProblem = ConfigProblem | { readonly message: string };

/** Everything that `postern status` shows. */
export interface PosternStatus {
  readonly version: string;
  readonly pid: number;
  readonly node: string;
  readonly phase: Phase;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly uptimeMs: number;
  /** Resident memory of the process. */
  readonly memoryBytes: number;
  readonly config: {
    /** The file, or the command line. */
    readonly from: string;
    /** When the config in force was loaded; ISO 8601. */
    readonly loadedAt: string;
    /** Why the last reload changed nothing; undefined: it went well, or there was none. */
    readonly lastFailure: { readonly at: string; readonly problems: readonly ReloadProblem[] } | undefined;
  };
  readonly threads: readonly ThreadStatus[];
  readonly listeners: readonly BoundListener[];
  /** Of all threads together; undefined while the only one is being replaced. */
  readonly traffic: DataPlaneStatus | undefined;
  readonly names: readonly NameStatus[];
  /** What does not work, because something outside the config is missing. */
  readonly disabled: readonly DisabledPart[];
  readonly certificates: readonly CertificateStatus[];
  /** What is known of servers, beside their traffic. */
  readonly servers: readonly ServerStatus[];
  /** Changes of servers and splits that stand beside the config; undefined: another version did not say. */
  readonly beside?: number | undefined;
  /** Of pools that have a circuit breaker, or to which something has happened. */
  readonly pools?: readonly PoolState[];
}

/** What the admin API and the signals may do to a running Postern. Of the calls only `status` and `metrics` reject. */
export interface Controlled {
  readonly phase: Phase;
  /** What is in force, and what would be. */
  readonly insight: Insight;
  /** What is said of servers beside the config. */
  readonly servers: RuntimeServers;
  status(): Promise<PosternStatus>;
  /** As text for Prometheus. */
  metrics(): Promise<string>;
  /** What is kept of a request that was traced, by its id in the log; undefined: nothing, or nothing any more. */
  traced(id: string): Promise<TracedExchange | undefined>;
  /** Calls during a reload share the next one. */
  reload(): Promise<ReloadResult>;
  /** Begins an orderly stop, or with `now` ends everything at once. Resolves when all has ended. */
  stop(options?: { readonly now?: boolean }): Promise<void>;
  /** How long an orderly stop may take. */
  readonly graceMs: number;
  /** Starts a successor from what is on the disk now. Resolves when it has taken over, or when that has failed. */
  upgrade(): Promise<UpgradeResult>;
  /** What a successor needs to know. Undefined: none can be had now. */
  estate(): Promise<Estate | undefined>;
  /** A successor listens: the control socket is closed when this returns, the rest drains. False: not in this phase. */
  retire(): boolean;
  /** The successor that is being started says why it ends. */
  successorFailed(problems: readonly string[]): void;
}
