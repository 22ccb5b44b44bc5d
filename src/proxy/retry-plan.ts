/** What ends an attempt so that another one may follow. */
export type RetryReason =
  /** No connection to the server: nothing of the request has left. */
  | 'conn-failure'
  /**
   * The server closed a connection that had been idle, just as the request left, or gave the request back untouched (HTTP/2).
   * Needs no leave, and counts as no attempt.
   */
  | 'stale-connection'
  /** The server closed or reset the connection without a byte of an answer. */
  | 'empty-response'
  /** What came is no answer, or only the beginning of its head. */
  | 'junk-response'
  /** The head of the answer did not come in time, or the server took nothing of the request. */
  | 'response-timeout'
  /** The answer has one of the statuses that were named. */
  | 'status';

/** Why no attempt follows one after which another would have been right. */
export type RetryStop =
  /** There were as many as are allowed. */
  | 'attempts'
  /** As many requests are being tried again as the pool allows. */
  | 'budget'
  /** The request may not be sent twice. */
  | 'method'
  /** Its body has begun to leave and is too long to be kept. */
  | 'body'
  /** The memory for bodies that are kept is full. */
  | 'memory'
  /** The time for the answer's head is over. */
  | 'time'
  /** The server asks for a longer pause than is made. */
  | 'retry-after';

/** All of them, in a fixed order. */
export const retryReasons: readonly RetryReason[] = [
  'conn-failure',
  'stale-connection',
  'empty-response',
  'junk-response',
  'response-timeout',
  'status',
];

export const retryStops: readonly RetryStop[] = [
  'attempts',
  'budget',
  'method',
  'body',
  'memory',
  'time',
  'retry-after',
];

/** When a request is sent again, and how. Times in ms. */
export interface RetryPlan {
  /** How often, at most. Servers that cannot be connected to are passed over without being counted. */
  readonly attempts: number;
  readonly on: readonly RetryReason[];
  /** Statuses of answers after which it is tried again: from, to. */
  readonly statuses: readonly (readonly [from: number, to: number])[];
  /** Also where it might be done twice: POST, PATCH and unknown methods. */
  readonly nonIdempotent: boolean;
  /** Wait for the head of an answer before another attempt; undefined: as long as for all together. */
  readonly perTryMs: number | undefined;
  /** So much of a body is kept to be sent again. */
  readonly bodyBytes: number;
  readonly backOff: BackOffPlan;
  /** The server that failed is asked again, and another one only at last. */
  readonly sameServer: boolean;
}

/** Pauses before a server is asked that has failed already: at random from 0 to `(2^n - 1) * baseMs`, at most `maxMs`. */
export interface BackOffPlan {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** How many requests of a pool may be tried again at a time, so that retries do not bring down what is left of it. */
export interface RetryBudgetPlan {
  /** Percent of the requests that its servers have. */
  readonly percent: number;
  /** So many always may. */
  readonly min: number;
  /** Longest wait for a place. */
  readonly waitMs: number;
}

/** Of a pool. */
export interface PoolRetryPlan extends RetryPlan {
  readonly budget: RetryBudgetPlan;
}

/** What holds unless the config says otherwise: only what is safe, and only where no answer has come. */
export const plainRetries: PoolRetryPlan = {
  attempts: 3,
  on: ['conn-failure', 'empty-response'],
  statuses: [],
  nonIdempotent: false,
  perTryMs: undefined,
  bodyBytes: 64_000,
  backOff: { baseMs: 25, maxMs: 250 },
  sameServer: false,
  budget: { percent: 20, min: 3, waitMs: 1000 },
};

/** What became of an exchange's attempts that failed. */
export interface RetryNotes {
  /** How often it was tried again, by `retryReasons`. */
  readonly counts: number[];
  /** Undefined: an answer came, or nothing could be tried again. */
  stopped: RetryStop | undefined;
}
