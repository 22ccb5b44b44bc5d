import type { LoopClock } from './loop-clock.ts';

const SLOTS = 512;

/**
 * A wait that can be moved for nearly nothing: one object for all the waits of a connection, one after the other.
 *
 * Setting it to a later time only notes the time: the wheel looks at the note when the old slot comes up. So a deadline
 * that is moved with every read costs two stores, and one that is never reached costs a look at each round.
 */
export class Deadline {
  /** Clock time at which it is due; Infinity: not set. */
  at: number = Infinity;
  /** Due time of the slot in which it waits; Infinity: in none. */
  queuedAt: number = Infinity;
  next: Deadline | undefined = undefined;
  previous: Deadline | undefined = undefined;
  readonly expire: () => void;

  /** `expire` is called by the wheel and must not throw. */
  constructor(expire: () => void) {
    this.expire = expire;
  }

  /** Not due any more. It leaves its slot when that comes up. */
  clear(): void {
    this.at = Infinity;
  }
}

/**
 * One coarse timer for all deadlines of a thread: hashed slots, one tick a slot.
 *
 * Invariant: a deadline is in at most one slot, one whose time is not after `at`. It fires at most two ticks late and
 * never early. An idle wheel (nothing queued) keeps ticking; the tick does not keep the process alive.
 */
export class TimerWheel {
  readonly #clock: LoopClock;
  readonly #tickMs: number;
  readonly #slots: (Deadline | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
  #timer: NodeJS.Timeout | undefined;
  /** The last tick that was worked off, in units of tickMs. */
  #tick: number;

  /** @param tickMs How coarse: a deadline fires up to twice this much late. */
  constructor(clock: LoopClock, tickMs = 100) {
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#tick = Math.floor(clock.now() / tickMs);
  }

  /** Deadlines in slots. One that was cleared counts until its slot comes up. Walks all slots: not for the hot path. */
  get size(): number {
    let count = 0;
    for (const head of this.#slots) for (let each = head; each; each = each.next) count++;
    return count;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.advance(), this.#tickMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Sets or moves a deadline to `ms` from now. */
  set(deadline: Deadline, ms: number): void {
    this.setAt(deadline, this.#clock.now() + ms);
  }

  /** Sets or moves a deadline to a clock time: for callers that have just read the clock. */
  setAt(deadline: Deadline, at: number): void {
    deadline.at = at;
    if (deadline.queuedAt > at) this.#queue(deadline);
  }

  /** Like `set`, and to the millisecond where the wait is short: for what is rare, since that costs a timer of its own. */
  setSoon(deadline: Deadline, ms: number): void {
    this.set(deadline, ms);
    // The wheel may be a tick or two late. A wheel that does not run has no timers.
    if (this.#timer !== undefined && ms < 2 * this.#tickMs) setTimeout(() => this.#fireSoon(deadline), ms + 1).unref();
  }

  /** Takes a deadline out of its slot at once: for those that are made for one wait, whose owner is not to be kept until it comes up. */
  remove(deadline: Deadline): void {
    deadline.at = Infinity;
    if (deadline.queuedAt !== Infinity) this.#unlink(deadline);
  }

  /** Fires what is due. Called by the wheel's own timer; tests that turn the clock call it. */
  advance(): void {
    this.#clock.refreshDate();
    const now = Math.floor(this.#clock.now() / this.#tickMs);
    // After a long stall each slot is looked at once: more rounds would find nothing new.
    const from = Math.max(this.#tick + 1, now - SLOTS + 1);
    for (let tick = from; tick <= now; tick++) {
      this.#tick = tick; // First, so that what is set while this tick is worked off goes into a later one.
      this.#workOff(tick);
    }
  }

  /** It may have been moved or cleared, or have fired. */
  #fireSoon(deadline: Deadline): void {
    this.#clock.refresh();
    if (deadline.at > this.#clock.now()) return;
    deadline.at = Infinity;
    deadline.expire();
  }

  #workOff(tick: number): void {
    const slot = tick % SLOTS;
    // One by one from the head: firing one deadline may set or move any other.
    for (let left = this.#unlinkHead(slot, tick); left; left = this.#unlinkHead(slot, tick)) this.#fireOrKeep(left);
  }

  /** Takes the first deadline of a slot that belongs to this round; those put in by this very tick belong to a later one. */
  #unlinkHead(slot: number, tick: number): Deadline | undefined {
    const head = this.#slots[slot];
    if (!head || head.queuedAt > tick * this.#tickMs) return undefined;
    this.#unlink(head);
    return head;
  }

  #fireOrKeep(deadline: Deadline): void {
    if (deadline.at === Infinity) return;
    if (deadline.at <= this.#clock.now()) {
      deadline.at = Infinity;
      deadline.expire();
    } else {
      this.#queue(deadline);
    }
  }

  #queue(deadline: Deadline): void {
    if (deadline.queuedAt !== Infinity) this.#unlink(deadline);
    // The tick after the due time, so that it is never early; at most one round ahead, where it is looked at again.
    const due = Math.floor(deadline.at / this.#tickMs) + 1;
    const tick = Math.min(Math.max(due, this.#tick + 1), this.#tick + SLOTS - 1);
    const slot = tick % SLOTS;
    const head = this.#slots[slot];
    deadline.queuedAt = tick * this.#tickMs;
    deadline.next = head;
    if (head) head.previous = deadline;
    this.#slots[slot] = deadline;
  }

  #unlink(deadline: Deadline): void {
    const { next, previous } = deadline;
    if (previous) previous.next = next;
    else this.#slots[Math.round(deadline.queuedAt / this.#tickMs) % SLOTS] = next;
    if (next) next.previous = previous;
    deadline.next = deadline.previous = undefined;
    deadline.queuedAt = Infinity;
  }
}
