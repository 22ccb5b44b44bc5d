import type { ConnectionGate } from './accept/connection-gate.ts';
import type { Crowd } from './memory-watch.ts';

/** What is asked of a client's connection. */
interface Member {
  /** In flight. */
  readonly exchanges: number;
  /** Closes now where it does nothing. */
  drain(): void;
}

/** The client connections of a thread, as the watch over memory holds them down. */
export class ClientCrowd implements Crowd {
  readonly #gate: ConnectionGate;
  /** The oldest first. */
  readonly #members: Iterable<Member>;

  constructor(gate: ConnectionGate, members: Iterable<Member>) {
    this.#gate = gate;
    this.#members = members;
  }

  get open(): number {
    return this.#gate.open;
  }

  /** Of those that are too many, the oldest that do nothing are closed. */
  hold(ceiling: number): void {
    this.#gate.ceiling = ceiling;
    let tooMany = this.#gate.open - ceiling;
    for (const member of this.#members) {
      if (tooMany <= 0) return;
      if (member.exchanges > 0) continue;
      member.drain();
      tooMany--;
    }
  }
}
