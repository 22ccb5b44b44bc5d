import type { ProxyError } from '../../core/errors.ts';
import type { Exchange, Reply } from '../exchange.ts';
import type { RetryPlan } from '../retry-plan.ts';
import type { Bindings } from './affinity.ts';
import type { OutgoingRequest } from './outgoing-request.ts';
import type { PlaceTaker, Waiter, Wanted } from './queue/waiter.ts';
import type { RetryBudget } from './retry/retry-budget.ts';
import type { Server } from './server.ts';

/** The pool, as one exchange sees it. */
export interface ServerChoice {
  readonly bindings: Bindings;
  /**
   * A server with a place, which is given back by `release`; or one who waits for it, and will tell `taker`. Undefined: all
   * have been tried. What is dry gets a server and no place.
   */
  place(taker: PlaceTaker<Server>, wanted?: Wanted<Server>): Server | Waiter<Server> | ProxyError | undefined;
  release(server: Server): void;
  /** A server can be chosen that is not among these. */
  readonly hasOthers: (tried: ReadonlySet<Server>) => boolean;
  readonly retries: RetryPlan;
  readonly retryBudget: RetryBudget;
}

/** What is to be forwarded, and where its answer goes. */
export interface ForwardWork {
  readonly exchange: Exchange;
  readonly reply: Reply;
  readonly request: OutgoingRequest;
}
