import { clientKey } from '../../core/ip.ts';
import { SharedCount } from '../../core/shared/shared-count.ts';
import { SharedKeyCounts } from '../../core/shared/shared-key-counts.ts';
import type { ConnectionLimits } from '../plan.ts';
import { placeAlone, type SharedPlace } from '../thread-memory.ts';

/** `ok`, or the limit that a connection would go over. */
export type Admission = 'ok' | 'too-many-connections' | 'too-many-client-connections' | 'overloaded';

/** The address of clients that come by a unix socket: they have none, so no limit a client holds for them. */
export const unixAddress = 'unix';

/**
 * Counts client connections and says which may come in. The limits hold for all threads together.
 *
 * Invariant: `open` is the calls of `enter` that answered `ok` less those of `leave`. Lower limits close nothing; they hold
 * for who comes next.
 */
export class ConnectionGate {
  /** Replaced whole by a reload. */
  limits: ConnectionLimits;
  /** More than this are not let in for now by this thread, because memory is short; Infinity while it is not. */
  ceiling: number = Number.POSITIVE_INFINITY;
  readonly #connections: SharedCount;
  readonly #clients: SharedKeyCounts;
  #total = 0;
  #refused = 0;

  /** Without limits, until they are set. */
  constructor(
    limits: ConnectionLimits = { total: Number.POSITIVE_INFINITY, perClient: 0 },
    { memory, place }: SharedPlace = placeAlone(),
  ) {
    this.limits = limits;
    this.#connections = new SharedCount(memory.connections, place);
    this.#clients = new SharedKeyCounts(memory.clients, place);
  }

  /** Connections of this thread that are in now. */
  get open(): number {
    return this.#connections.own;
  }

  /** Connections that were let in since the start. */
  get total(): number {
    return this.#total;
  }

  /** Connections that were refused since the start. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Lets a connection in, or says why not. Each `ok` must be followed by one `leave` with the same address.
   *
   * @param address normalised; `unix` for a unix socket.
   */
  enter(address: string): Admission {
    if (this.open >= this.ceiling) return this.#refuse('overloaded');
    if (!this.#connections.take(this.limits.total)) return this.#refuse('too-many-connections');
    if (address !== unixAddress && !this.#enterClient(address)) {
      this.#connections.give();
      return this.#refuse('too-many-client-connections');
    }
    this.#total += 1;
    return 'ok';
  }

  /** A connection that was let in has gone. */
  leave(address: string): void {
    this.#connections.give();
    if (address !== unixAddress) this.#clients.give(clientKey(address));
  }

  /** Counted without a limit too: a reload may bring one while these connections are open. */
  #enterClient(address: string): boolean {
    const { perClient } = this.limits;
    return this.#clients.take(clientKey(address), perClient > 0 ? perClient : Number.POSITIVE_INFINITY);
  }

  #refuse(reason: Admission): Admission {
    this.#refused += 1;
    return reason;
  }
}
