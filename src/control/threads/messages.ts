import { ProxyError, type ErrorCode } from '../../core/errors.ts';
import type { LogFields } from '../../core/log.ts';
import type {
  ApplyOptions,
  CounterMemory,
  DataEvent,
  DrainOptions,
  ListeningSocket,
  NameUpdate,
  Plan,
  PlanParts,
  PoolRows,
  RequestToExplain,
  StatusOptions,
  TlsSecrets,
} from '../../proxy/index.ts';
import { messageOf } from '../message-of.ts';
import type { PackedParts } from './plan-pack.ts';

/** What a plan has beside its routes and pools, which come before it. */
export type PlanRest = Omit<Plan, keyof PlanParts>;

/** The rows of pools that the thread does not have yet. */
export interface PackedRows extends Pick<PoolRows['memory'], 'places'> {
  /** Pieces of the memory: those behind the first so many, which the thread has. */
  readonly known: number;
  readonly pieces: readonly SharedArrayBuffer[];
  /** Of each pool its own row, then those of its servers. */
  readonly numbers: Int32Array;
  /** Those of splits are few, and come whole. */
  readonly splits: PoolRows['splits'];
  /** The same for routes that bound their tunnels. */
  readonly tunnels: PoolRows['tunnels'];
}

/** A plan that comes in parts. */
export interface SentParts {
  /** Nothing of the plan before is in it. */
  readonly whole: boolean;
  readonly parts: PackedParts;
  readonly rows: PackedRows;
  /** Where the thread counts once the plan is in force; undefined: as before. */
  readonly counters: CounterMemory | undefined;
}

/** What main asks of a data thread: the calls of `DataPlane`, as plain data. */
export type ThreadCall =
  | ({ readonly call: 'prepare' } & SentParts)
  | { readonly call: 'apply'; readonly plan: PlanRest; readonly options: ApplyOptions }
  | { readonly call: 'setNames'; readonly updates: readonly NameUpdate[] }
  | { readonly call: 'setTlsSecrets'; readonly secrets: TlsSecrets }
  | { readonly call: 'cut'; readonly pool: string; readonly server: string }
  | { readonly call: 'reopenLog' }
  | { readonly call: 'status'; readonly options?: StatusOptions | undefined }
  | { readonly call: 'traced'; readonly id: string }
  | { readonly call: 'explain'; readonly request: RequestToExplain }
  | { readonly call: 'listeningSockets' }
  | { readonly call: 'takeOver'; readonly sockets: readonly ListeningSocket[] }
  | { readonly call: 'drain'; readonly graceMs: number; readonly options?: DrainOptions | undefined }
  | { readonly call: 'stop' };

/** Main to thread. */
export interface CallMessage {
  readonly id: number;
  readonly call: ThreadCall;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Thread to main. */
export type ThreadMessage =
  /** It listens for calls. */
  | { readonly kind: 'ready' }
  /** Sent once a second: its event loop turns. */
  | { readonly kind: 'beat' }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: CarriedError }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string; readonly fields?: LogFields }
  /** Something that main decides about. */
  | { readonly kind: 'event'; readonly event: DataEvent }
  /** Spans for a collector of traces, in OTLP's JSON. */
  | { readonly kind: 'spans'; readonly spans: readonly string[] }
  /** An error that nobody caught: it drains and ends, and wants to be replaced. */
  | { readonly kind: 'failing'; readonly error: CarriedError };

/** An error on its way over a thread's border, where classes are lost. */
export interface CarriedError {
  /** Undefined: it was not a ProxyError, so a fault of our own. */
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly stack: string | undefined;
}

/** Packs an error up for the way. Never throws, whatever was thrown. */
export function packError(error: unknown): CarriedError {
  const code = error instanceof ProxyError ? error.code : undefined;
  if (!(error instanceof Error)) return { code, message: messageOf(error), stack: undefined };
  return { code, message: error.message, stack: error.stack };
}

/** Makes a ProxyError of it again, with the thread's own stack. */
export function unpackError(carried: CarriedError): ProxyError {
  const error = new ProxyError(carried.code ?? 'internal-error', carried.message);
  if (carried.stack !== undefined) error.stack = carried.stack;
  return error;
}
