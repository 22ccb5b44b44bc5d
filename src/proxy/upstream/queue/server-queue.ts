import { ProxyError } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import type { SharedRow } from '../../../core/shared/shared-rows.ts';
import { Deadline } from '../../../core/timer-wheel.ts';
import type { Importance, QueuePlan } from '../../capacity-plan.ts';
import type { Exchange } from '../../exchange.ts';
import type { WriterEnv } from '../../socket-writer.ts';
import { PoolField, PoolSign, tellWaiting } from '../../server-state.ts';
import { Heads } from './heads.ts';
import { Lines } from './lines.ts';
import { rankOf } from './rank.ts';
import { Waiter, type PlaceTaker, type WaiterHome, type Wanted } from './waiter.ts';

/** Where places come from. */
export interface PlaceSource<S> {
  /** Name of the pool. */
  readonly pool: string;
  readonly queue: QueuePlan;
  /** Takes a place at a server; undefined: there is none that it can have. */
  take(exchange: Exchange, wanted: Wanted<S>): S | undefined;
  /** Somebody could have a place. */
  readonly roomy: boolean;
  /** Others wait: what this thread keeps without need is given up. */
  giveUpIdle(): void;
}

export interface QueueEnv extends Pick<WriterEnv, 'clock' | 'wheel' | 'bug'> {
  readonly log: Logger;
}

/** Of those that can use nothing of what is free so many are passed over at once. */
const mostPassed = 64;

/** How often those that wait look by themselves, in ms: nothing they wait for comes without a word, but all of them rely on it. */
const lookMs = 100;

/** That a pool refuses requests is told at most so often by one thread, in ms. */
const tellMs = 60_000;

/**
 * Exchanges of one thread that wait for a server of a pool, because all are full.
 *
 *   release in any thread --> `freed` and `wake` rise, all threads with waiters wake --> each serves those that are first
 *
 * (1) The order is that of coming, by importance, over all threads: tickets are numbered for the process, and a thread whose
 *     first comes behind that of another one leaves the place to it, and wakes it.
 * (2) No word is lost: who begins to wait is counted first and looks then, who frees a place frees it first and looks then
 *     whether anybody waits. A thread that is woken and uses nothing passes the word on, where somebody else can use it.
 * (3) No more wait than the queue takes, over all threads. Where it is full, one that matters more takes the place of the last
 *     in this thread that matters least.
 */
export class ServerQueue<S> implements WaiterHome<S> {
  /** The pool in force: after a reload those that wait get its servers. */
  source: PlaceSource<S>;
  /** This thread keeps something that those of others may need: it listens though nobody waits here. */
  #keeps = false;
  readonly row: SharedRow;
  readonly #env: QueueEnv;
  readonly #lines: Lines<S> = new Lines();
  readonly #heads: Heads;
  readonly #look: Deadline = new Deadline(() => this.#lookAgain());
  #listening = false;
  #serving = false;
  /** What it means for others has not been told. */
  #changed = false;
  #toldAt = -Infinity;

  constructor(source: PlaceSource<S>, row: SharedRow, env: QueueEnv) {
    this.source = source;
    this.row = row;
    this.#env = env;
    this.#heads = new Heads(row, row.place);
  }

  /** Those that wait in this thread. */
  get size(): number {
    return this.#lines.size;
  }

  /** It would not be the turn of one that comes now: others wait for what is free. */
  busy(importance: Importance): boolean {
    if (this.row.load(PoolField.waiting) === 0) return false;
    return this.#heads.anyBefore(rankOf(importance, this.row.get(PoolField.ticket)), this.row.load(PoolField.freed));
  }

  /** Waits for a place. @returns what to cancel, or why it cannot wait. */
  enter(taker: PlaceTaker<S>, wanted: Wanted<S>, importance: Importance): Waiter<S> | ProxyError {
    const { max, timeoutMs } = this.source.queue;
    if (!this.row.take(PoolField.waiting, max) && !this.#makeRoom(importance, max))
      return this.#refusal(queueFull(max));
    const rank = rankOf(importance, this.row.add(PoolField.ticket, 1));
    const waiter = new Waiter(this, taker, wanted, { importance, rank, since: this.#env.clock.now() });
    this.#lines.add(waiter);
    this.#env.wheel.set(waiter.deadline, timeoutMs);
    this.#env.wheel.set(this.#look, lookMs);
    this.#show();
    this.#listen();
    // A place may have become free before this one was seen to wait.
    if (this.#keeps || this.source.roomy) tellWaiting(this.row);
    return waiter;
  }

  leave(waiter: Waiter<S>): void {
    if (!this.#lines.delete(waiter)) return;
    waiter.deadline.clear();
    this.row.give(PoolField.waiting);
    this.#changed = true;
    this.#show();
    const { timings } = waiter.exchange;
    timings.queuedMs += this.#env.clock.now() - waiter.since;
  }

  expired(waiter: Waiter<S>): void {
    this.leave(waiter);
    const { timeoutMs } = this.source.queue;
    const why = `all servers that it can have were full for ${timeoutMs} ms`;
    const error = new ProxyError('queue-timeout', `Cannot forward: ${why}; raise maxRequests, or add servers`);
    waiter.taker.refused(this.#refusal(error));
  }

  /** This thread may keep what others need. @param keeps as long as this holds. */
  listen(keeps: boolean): void {
    const kept = this.#keeps;
    this.#keeps = keeps;
    if (keeps) this.#listen();
    // Or nothing would ever end the wait.
    else if (kept) this.#heads.wake(this.row.place);
  }

  /** A place is free. */
  freed(): void {
    if (this.row.load(PoolField.waiting) === 0) return;
    this.row.add(PoolField.freed, 1);
    this.#changed = true;
    this.serve();
  }

  /** Gives places to those whose turn it is. */
  serve(): void {
    if (this.#serving) return; // It goes on behind this one.
    this.#serving = true;
    try {
      while (this.#serveNext()) {
        // One after the other: each may change what is free.
      }
    } finally {
      this.#serving = false;
    }
  }

  /** @returns true: one has got a place, and there may be more. */
  #serveNext(): boolean {
    const freed = this.row.load(PoolField.freed);
    let passed = 0;
    for (const waiter of this.#lines) {
      if (passed > 0) this.#showAble(waiter.rank, freed);
      const other = this.#heads.otherBefore(waiter.rank, freed);
      if (other >= 0) return this.#passOn(other);
      const server = this.source.take(waiter.exchange, waiter);
      if (server !== undefined) return this.#hand(waiter, server);
      if (!this.source.roomy) return false;
      if (++passed > mostPassed) break;
    }
    if (this.#lines.size > 0) this.#showAble(0, freed);
    const other = this.#heads.otherBefore(0, freed);
    return other >= 0 && (this.#keeps || this.source.roomy) && this.#passOn(other);
  }

  #showAble(rank: number, freed: number): void {
    this.#heads.showAble(rank, freed);
    this.#changed = true;
  }

  #hand(waiter: Waiter<S>, server: S): true {
    this.leave(waiter);
    waiter.taker.placed(server);
    return true;
  }

  /** It is another thread's turn. Where nothing has changed here, whoever has changed something has told it. */
  #passOn(place: number): false {
    if (this.#keeps) this.source.giveUpIdle();
    if (this.#changed) this.#heads.wake(place);
    this.#changed = false;
    return false;
  }

  /** Full: the last of those that matter less makes room, and what it held of the count. */
  #makeRoom(importance: Importance, max: number): boolean {
    const last = this.#lines.lastBelow(importance);
    if (last === undefined) return false;
    this.leave(last);
    last.taker.refused(this.#refusal(queueFull(max)));
    return this.row.take(PoolField.waiting, max);
  }

  /** Tells of it, now and then. */
  #refusal(error: ProxyError): ProxyError {
    const now = this.#env.clock.now();
    if (now - this.#toldAt < tellMs) return error;
    this.#toldAt = now;
    this.#env.log.warn(error.message, { pool: this.source.pool, reason: error.code });
    return error;
  }

  #show(): void {
    this.#heads.show(this.#lines.first?.rank ?? 0);
  }

  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    this.row.waitFor(PoolSign.wake, this.#woken);
  }

  readonly #woken = (): void => {
    this.#listening = false;
    if (this.#lines.size > 0 || this.#keeps) this.#listen();
    this.#turn();
  };

  #lookAgain(): void {
    if (this.#lines.size === 0) return;
    this.#env.wheel.set(this.#look, lookMs);
    this.#turn();
  }

  #turn(): void {
    this.#env.clock.refresh();
    try {
      this.serve();
    } catch (error) {
      this.#env.bug(error);
    }
  }
}

function queueFull(max: number): ProxyError {
  const why = max === 0 ? 'and none may wait' : `and ${max} wait already`;
  return new ProxyError('queue-full', `Cannot forward: all servers are full, ${why}; raise queue.max, or add servers`);
}
