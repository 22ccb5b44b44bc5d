import { readFileSync } from 'node:fs';

import { ConfigRefused } from '../control/config-refused.ts';
import { formatProblem } from '../control/config/config-problem.ts';
import { messageOf } from '../control/message-of.ts';
import { giveUp, Predecessor } from '../control/service/predecessor.ts';
import { readInvitation, takeOverVariable } from '../control/service/take-over.ts';
import type { Logger } from '../core/log.ts';

/** Whether this process takes another one's place, and what the other is told where that fails. */
export class Succeeding {
  readonly #asked: boolean;
  readonly #invitation: string | undefined = process.env[takeOverVariable];

  /** @param asked by `--take-over`; one that another Postern has started knows by its environment. */
  constructor(asked: boolean) {
    this.#asked = asked;
    // Nobody else's business: neither of programs that are started from here, nor of `${...}` in the config.
    delete process.env[takeOverVariable];
  }

  /** Another Postern has started this process and left it its sockets. */
  get invited(): boolean {
    return this.#invitation !== undefined;
  }

  /** @throws {Error} in words, where there is one that cannot be succeeded. */
  async find(socket: string | undefined, log: Logger): Promise<Predecessor | undefined> {
    if (this.#invitation !== undefined) {
      const found = await Predecessor.meet(readInvitation(this.#invitation));
      if (found === undefined) throw new Error('Cannot take over: the process that started this one is gone');
      return found;
    }
    if (!this.#asked || socket === undefined) return undefined;
    const found = await Predecessor.meet(socket);
    if (found === undefined) log.info(`Nothing runs at ${socket}: there is nothing to take over`);
    else if (!migratesRequests()) log.warn(mayLose);
    return found;
  }

  /** Tells the one that started this process why it does not come up. Never rejects. */
  async giveUp(error: unknown): Promise<void> {
    if (this.#invitation === undefined) return;
    const problems = error instanceof ConfigRefused ? error.problems.map(formatProblem) : [messageOf(error)];
    try {
      await giveUp(readInvitation(this.#invitation).socket, problems);
    } catch {
      // Nobody to be told.
    }
  }
}

const mayLose =
  'The system may reset connections that are being made when the other process closes its listeners; ' +
  'use "postern upgrade", or "sysctl net.ipv4.tcp_migrate_req=1"';

/** Linux hands connections that wait at a socket that closes to another one with the same address. */
function migratesRequests(): boolean {
  try {
    return readFileSync('/proc/sys/net/ipv4/tcp_migrate_req', 'utf8').trim() === '1';
  } catch {
    return false;
  }
}
