/** Who has idle connections to give up. */
export interface IdleHolder {
  closeIdle(): void;
}

/**
 * How many connections to servers a thread has, over all pools, so that idle ones never take the files that others need.
 *
 * As a client has at most one exchange in flight, as many connections as there may be clients are enough: where there are
 * more, an idle one is only a file that somebody else could open.
 */
export class ServerSockets {
  most: number = Number.POSITIVE_INFINITY;
  /** How many threads share what is kept open to a server. */
  threads = 1;
  #open = 0;
  /** Those that have a connection, idle or not. */
  readonly #holders: Set<IdleHolder> = new Set();

  /** Connections that are open now. */
  get open(): number {
    return this.#open;
  }

  /** As many are open as may be. */
  get full(): boolean {
    return this.#open >= this.most;
  }

  /** Follows the plan. @param clients how many may be connected, to all threads. */
  follow(clients: number, threads: number): void {
    this.threads = threads;
    this.most = Math.ceil(clients / threads);
  }

  /** This thread's part of idle connections: at least one, or a small number would keep most threads from having any. */
  shareOf(max: number): number {
    return Math.ceil(max / this.threads);
  }

  opened(holder: IdleHolder): void {
    this.#open += 1;
    this.#holders.add(holder);
  }

  /** @param last the holder has no other one. */
  closed(holder: IdleHolder, last: boolean): void {
    this.#open -= 1;
    if (last) this.#holders.delete(holder);
  }

  /** Before another one is opened: where they are full, the idle ones make room. */
  makeRoom(): void {
    if (!this.full) return;
    for (const holder of this.#holders) holder.closeIdle();
  }
}
