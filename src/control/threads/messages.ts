import { ProxyError, type ErrorCode } from '../../core/errors.ts';
import type { LogFields } from '../../core/log.ts';
import type { ApplyOptions, DrainOptions, ListeningSocket, NameUpdate, Plan, TlsSecrets } from '../../proxy/index.ts';
import { messageOf } from '../message-of.ts';

/** What main asks of a data thread: the calls of `DataPlane`, as plain data. */
export type ThreadCall =
  | { readonly call: 'apply'; readonly plan: Plan; readonly options: ApplyOptions }
  | { readonly call: 'setNames'; readonly updates: readonly NameUpdate[] }
  | { readonly call: 'setTlsSecrets'; readonly secrets: TlsSecrets }
  | { readonly call: 'reopenLog' }
  | { readonly call: 'status' }
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
