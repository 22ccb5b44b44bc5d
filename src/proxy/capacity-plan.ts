/** What one server may have at most, over all threads; 0: no bound. */
export interface ServerLimits {
  /** Exchanges at once. */
  readonly maxRequests: number;
  /** Open connections, idle ones too. */
  readonly maxConnections: number;
}

/** What a pool takes at once, and what becomes of the rest. */
export interface CapacityPlan {
  /** Exchanges that its servers have at once, all together; 0: no bound. */
  readonly maxRequests: number;
  readonly queue: QueuePlan;
}

/** Where exchanges wait while all servers are full. */
export interface QueuePlan {
  /** Exchanges that wait at once, over all threads; 0: none waits. */
  readonly max: number;
  /** How long one waits at most, in ms. */
  readonly timeoutMs: number;
}

/** Which requests come first where not all can be served. */
export type Importance = 'high' | 'normal' | 'low';

/** Most important first. */
export const importances: readonly Importance[] = ['high', 'normal', 'low'];

export const plainLimits: ServerLimits = { maxRequests: 0, maxConnections: 0 };

export const plainCapacity: CapacityPlan = { maxRequests: 0, queue: { max: 1024, timeoutMs: 5000 } };
