/** What traffic itself says of the servers of a pool, and what follows from it. */
export interface PassivePlan {
  /** Undefined: no server is taken out because of what traffic with it is like. */
  readonly outliers: OutliersPlan | undefined;
  /** Undefined: whatever happens, requests go on to the servers. */
  readonly breaker: BreakerPlan | undefined;
}

/** When a server is taken out for a while. */
export interface OutliersPlan {
  /** So many attempts in a row that failed, or were answered with a 5xx other than 501 and 505; 0: they do not count. */
  readonly consecutiveFailures: number;
  /** The same with 502, 503 and 504 alone of the statuses. */
  readonly consecutiveGatewayFailures: number;
  /** The same with attempts alone that got no answer which could be understood. */
  readonly consecutiveUnanswered: number;
  /** Rates are looked at, and times of being taken out forgotten, at this distance. */
  readonly intervalMs: number;
  /** It stays out so long, times how often that has happened. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** Up to so much is added, so that not all come back at once. */
  readonly jitterMs: number;
  /** Percent of the pool's servers that may be out at once; one always may. */
  readonly maxEjected: number;
  readonly successRate: SuccessRatePlan | undefined;
  readonly failurePercentage: FailurePercentagePlan | undefined;
  readonly latency: LatencyPlan | undefined;
}

/** What it takes for a rate to say anything. */
export interface EnoughPlan {
  /** Servers that had `minRequests` within the interval. */
  readonly minServers: number;
  readonly minRequests: number;
}

/** Out are those whose rate of success is that many standard deviations below the mean of all. */
export interface SuccessRatePlan extends EnoughPlan {
  readonly stdevFactor: number;
}

/** Out are those of whose attempts that many percent failed. */
export interface FailurePercentagePlan extends EnoughPlan {
  readonly threshold: number;
}

/** Out are those that take that many times as long as the others, and longer than `overMs`. */
export interface LatencyPlan extends EnoughPlan {
  readonly factor: number;
  readonly overMs: number;
}

/** When a pool, or a server, is given no requests for a while because most of them fail. */
export interface BreakerPlan {
  readonly of: 'pool' | 'servers' | 'both';
  /** Share of the attempts in the window, 0 to 1. */
  readonly failureRatio: number;
  /** Fewer in the window say nothing. */
  readonly minRequests: number;
  readonly windowMs: number;
  readonly openMs: number;
  /** Requests that try it out, at once and in all. */
  readonly halfOpen: number;
  /** Undefined: slow answers are as good as others. */
  readonly slow: SlowPlan | undefined;
}

export interface SlowPlan {
  /** An answer whose head takes longer is slow. */
  readonly overMs: number;
  /** Share of the attempts in the window, 0 to 1. */
  readonly ratio: number;
}

/** The breaker of the whole pool, if it has one. */
export function poolBreaker(plan: PassivePlan | undefined): BreakerPlan | undefined {
  return plan?.breaker?.of === 'servers' ? undefined : plan?.breaker;
}

/** The breaker of each server, if they have one. */
export function serverBreaker(plan: PassivePlan | undefined): BreakerPlan | undefined {
  return plan?.breaker?.of === 'pool' ? undefined : plan?.breaker;
}

/** The rates of servers are looked at: their attempts have to be counted. */
export function countsAttempts({ outliers, breaker }: PassivePlan): boolean {
  return (breaker ?? outliers?.successRate ?? outliers?.failurePercentage ?? outliers?.latency) !== undefined;
}
