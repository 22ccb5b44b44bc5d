import { clientKey } from '../../core/ip.ts';
import type { ConnectionLimits } from '../plan.ts';

/** `ok`, or the limit that a connection would go over. */
export type Admission = 'ok' | 'too-many-connections' | 'too-many-client-connections' | 'overloaded';

/** The address of clients that come by a unix socket: they have none, so no limit a client holds for them. */
export const unixAddress = 'unix';

/**
 * Counts client connections and says which may come in.
 *
 * Invariant: `open` is the calls of `enter` that answered `ok` less those of `leave`, and no client has an entry without
 * an open connection: memory is bounded by the connections. Lower limits close nothing; they hold for who comes next.
 */
export class ConnectionGate {
  /** Replaced whole by a reload. */
  limits: ConnectionLimits;
  /** More than this are not let in for now, because memory is short; Infinity while it is not. */
  ceiling: number = Number.POSITIVE_INFINITY;
  #open = 0;
  #total = 0;
  #refused = 0;
  readonly #ofClient = new Map<string, number>();

  /** Without limits, until they are set. */
  constructor(limits: ConnectionLimits = { total: Number.POSITIVE_INFINITY, perClient: 0 }) {
    this.limits = limits;
  }

  /** Connections that are in now. */
  get open(): number {
    return this.#open;
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
    if (this.#open >= this.limits.total) return this.#refuse('too-many-connections');
    if (this.#open >= this.ceiling) return this.#refuse('overloaded');
    if (address !== unixAddress && !this.#enterClient(address)) return this.#refuse('too-many-client-connections');
    this.#open += 1;
    this.#total += 1;
    return 'ok';
  }

  /** A connection that was let in has gone. */
  leave(address: string): void {
    this.#open -= 1;
    if (address === unixAddress) return;
    const key = clientKey(address);
    const left = (this.#ofClient.get(key) ?? 0) - 1;
    if (left > 0) this.#ofClient.set(key, left);
    else this.#ofClient.delete(key);
  }

  #enterClient(address: string): boolean {
    const key = clientKey(address);
    const before = this.#ofClient.get(key) ?? 0;
    const { perClient } = this.limits;
    if (perClient > 0 && before >= perClient) return false;
    // Counted without a limit too: a reload may bring one while these connections are open.
    this.#ofClient.set(key, before + 1);
    return true;
  }

  #refuse(reason: Admission): Admission {
    this.#refused += 1;
    return reason;
  }
}
