import type { ProxyError } from '../../../core/errors.ts';
import { Deadline } from '../../../core/timer-wheel.ts';
import type { Importance } from '../../capacity-plan.ts';
import type { Exchange } from '../../exchange.ts';

/** Whom a server is for that is not to be had at once. One of the two is called, once, in a later turn. */
export interface PlaceTaker<S> {
  readonly exchange: Exchange;
  /** A place at this server is taken for it. */
  placed(server: S): void;
  refused(error: ProxyError): void;
}

/** Which servers somebody can have. */
export interface Wanted<S> {
  /** It must have none of these. */
  readonly tried: ReadonlySet<S> | undefined;
  /** The one that it must have. */
  readonly only: S | undefined;
}

/** Who keeps waiters. */
export interface WaiterHome<S> {
  leave(waiter: Waiter<S>): void;
  expired(waiter: Waiter<S>): void;
}

/** An exchange that waits for a server. */
export class Waiter<S> implements Wanted<S> {
  readonly taker: PlaceTaker<S>;
  readonly tried: ReadonlySet<S> | undefined;
  readonly only: S | undefined;
  readonly importance: Importance;
  readonly rank: number;
  readonly since: number;
  readonly deadline: Deadline;
  readonly #home: WaiterHome<S>;

  constructor(
    home: WaiterHome<S>,
    taker: PlaceTaker<S>,
    { tried, only }: Wanted<S>,
    place: { readonly importance: Importance; readonly rank: number; readonly since: number },
  ) {
    this.#home = home;
    this.taker = taker;
    this.tried = tried;
    this.only = only;
    this.importance = place.importance;
    this.rank = place.rank;
    this.since = place.since;
    this.deadline = new Deadline(() => home.expired(this));
  }

  get exchange(): Exchange {
    return this.taker.exchange;
  }

  /** It does not want a server any more: its taker hears nothing. */
  cancel(): void {
    this.#home.leave(this);
  }
}
