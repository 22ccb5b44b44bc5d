import { messageOf } from '../message-of.ts';
import type {
  BoundListener,
  DataPlaneStatus,
  DrainOptions,
  ListeningSocket,
  NameUpdate,
  Plan,
  TlsSecrets,
} from '../../proxy/index.ts';
import type { Logger } from '../../core/log.ts';
import { pinPorts } from './pin-ports.ts';
import { sumStatus } from './sum-status.ts';
import type { ThreadFacts, ThreadHost, ThreadStatus } from './thread-host.ts';

/**
 * Several data threads as one: each listens on every address, and the kernel spreads connections over them (SO_REUSEPORT).
 *
 * (1) The first thread opens what is new, alone: it finds out whether another program is there, and what port 0 becomes. The
 *     others listen beside it.
 * (2) A unix socket cannot be shared, so it is the first thread's alone.
 * (3) A plan is in force in all threads or in none: where one refuses it, the others go back. One that is just being replaced
 *     gets it when it is up.
 */
export class ThreadGroup implements ThreadHost {
  readonly #first: ThreadHost;
  readonly #others: readonly ThreadHost[];
  readonly #log: Logger;
  #plan: Plan | undefined;

  /** @param hosts of the threads, at least one. */
  constructor(hosts: readonly ThreadHost[], log: Logger) {
    const [first, ...others] = hosts;
    if (first === undefined) throw new Error('Cannot make a group of no threads');
    this.#first = first;
    this.#others = others;
    this.#log = log;
  }

  get facts(): readonly ThreadFacts[] {
    return this.#all.flatMap((host) => host.facts);
  }

  async apply(plan: Plan): Promise<readonly BoundListener[]> {
    const bound = await this.#first.apply(plan);
    const rest = withoutUnix(pinPorts(plan, bound));
    const results = await Promise.allSettled(this.#others.map((host) => host.apply(rest)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      await this.#goBack();
      throw failed.reason;
    }
    this.#plan = plan;
    return bound;
  }

  async setNames(updates: readonly NameUpdate[]): Promise<void> {
    await Promise.all(this.#all.map((host) => host.setNames(updates)));
  }

  async setTlsSecrets(secrets: TlsSecrets): Promise<void> {
    await Promise.all(this.#all.map((host) => host.setTlsSecrets(secrets)));
  }

  async reopenLog(): Promise<void> {
    await Promise.all(this.#all.map((host) => host.reopenLog()));
  }

  async status(): Promise<DataPlaneStatus> {
    const each = await Promise.allSettled(this.#all.map((host) => host.status()));
    const known = each.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const [first] = known;
    if (first === undefined) throw each.find((result) => result.status === 'rejected')!.reason;
    return sumStatus(known);
  }

  async threads(): Promise<readonly ThreadStatus[]> {
    return (await Promise.all(this.#all.map((host) => host.threads()))).flat();
  }

  /** Of all threads: a successor's threads share them out. */
  async listeningSockets(): Promise<readonly ListeningSocket[]> {
    return (await Promise.all(this.#all.map((host) => host.listeningSockets()))).flat();
  }

  /** Of several sockets of an address each thread gets one, in turn; a unix socket is the first one's. */
  async takeOver(sockets: readonly ListeningSocket[]): Promise<void> {
    const shares = shareOut(sockets, this.#all.length);
    await Promise.all(this.#all.map((host, i) => host.takeOver(shares[i]!)));
  }

  async drain(graceMs: number, options?: DrainOptions): Promise<void> {
    await Promise.all(this.#all.map((host) => host.drain(graceMs, options)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((host) => host.stop()));
  }

  get #all(): readonly ThreadHost[] {
    return [this.#first, ...this.#others];
  }

  /** To the plan before, in all that took the new one. */
  async #goBack(): Promise<void> {
    const plan = this.#plan;
    if (plan === undefined) return; // The start has failed: whoever starts it stops all.
    const bound = await this.#first.apply(plan).catch((error: unknown) => this.#tell(error));
    if (bound === undefined) return;
    const rest = withoutUnix(pinPorts(plan, bound));
    await Promise.all(this.#others.map((host) => host.apply(rest).catch((error: unknown) => this.#tell(error))));
  }

  #tell(error: unknown): undefined {
    this.#log.error(`Cannot go back to the plan before: ${messageOf(error)}`);
  }
}

function withoutUnix(plan: Plan): Plan {
  return { ...plan, listeners: plan.listeners.filter(({ address }) => address.kind === 'tcp') };
}

/** @returns a list for each of so many threads. */
function shareOut(sockets: readonly ListeningSocket[], threads: number): ListeningSocket[][] {
  const shares = Array.from({ length: threads }, (): ListeningSocket[] => []);
  const byAddress = Map.groupBy(sockets, ({ address }) => JSON.stringify(address));
  for (const each of byAddress.values()) {
    for (const [i, socket] of each.entries()) shares[socket.address.kind === 'unix' ? 0 : i % threads]!.push(socket);
  }
  return shares;
}
