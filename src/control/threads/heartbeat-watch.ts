/** How the watch judges. All in ms. */
export interface HeartbeatLimits {
  /** How often `tick` is called. */
  readonly everyMs: number;
  /** Silence after which the thread counts as hung. */
  readonly silenceMs: number;
}

/**
 * Judges whether a thread's event loop hangs, by its beats and by how punctual our own timers are.
 *
 * Only time in which our own loop was on time counts as the thread's silence: while main is blocked (or the machine
 * sleeps) beats wait unread, and a thread must not die for main's fault.
 */
export class HeartbeatWatch {
  readonly #limits: HeartbeatLimits;
  #lastTick: number;
  #silentMs = 0;

  constructor(limits: HeartbeatLimits, now: number) {
    this.#limits = limits;
    this.#lastTick = now;
  }

  beat(): void {
    this.#silentMs = 0;
  }

  /** To be called every `everyMs`. @returns true if the thread hangs. */
  tick(now: number): boolean {
    const elapsed = now - this.#lastTick;
    this.#lastTick = now;
    if (elapsed > this.#limits.everyMs * 2) this.#silentMs = 0;
    else this.#silentMs += elapsed;
    return this.#silentMs >= this.#limits.silenceMs;
  }
}
