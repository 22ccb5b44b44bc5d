/** What one check has found out. */
export type CheckResult =
  | { readonly kind: 'passed'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }
  /** It could not be made, for reasons that are not the server's: it counts for nothing. */
  | { readonly kind: 'void'; readonly why: string };

/** A result that is kept for people. */
export interface KeptResult {
  /** When it began; ISO 8601. */
  readonly at: string;
  readonly ok: boolean;
  /** How long it took. */
  readonly ms: number;
  /** In words, without a full stop: `answered 200`, `connection refused`. */
  readonly why: string;
}

/** Begins something, and calls `done` once, never before it has returned. @returns how to give it up: `done` is not called then. */
export type Begin<T> = (done: (result: T) => void) => () => void;

export function passed(why: string): CheckResult {
  return { kind: 'passed', why };
}

export function failed(why: string): CheckResult {
  return { kind: 'failed', why };
}
