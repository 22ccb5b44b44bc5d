import { messageOf } from '../message-of.ts';
import type {
  BoundListener,
  DataPlaneStatus,
  DrainOptions,
  Explanation,
  ListeningSocket,
  NameUpdate,
  Plan,
  RequestToExplain,
  StatusOptions,
  TlsSecrets,
  TracedExchange,
} from '../../proxy/index.ts';
import { ProxyError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { pinPorts } from './pin-ports.ts';
import { sumStatus } from './sum-status.ts';
import type { ThreadFacts, ThreadHost, ThreadStatus } from './thread-host.ts';

interface InForce {
  readonly plan: Plan;
  readonly generation: number;
}

/**
 * Several data threads as one: each listens on every address, and the kernel spreads connections over them (SO_REUSEPORT).
 *
 * (1) One thread leads: it opens what is new, alone, and so finds out whether another program is there, and what port 0
 *     becomes. The others listen beside it.
 * (2) A unix socket cannot be shared, so it is the first thread's alone.
 * (3) A plan is in force in all threads or in none: where one refuses it, the others go back. One that is just being replaced, or
 *     dies while it gets the plan from the leader, has it when it is up again.
 */
export class ThreadGroup implements ThreadHost {
  readonly #first: ThreadHost;
  readonly #others: readonly ThreadHost[];
  readonly #log: Logger;
  #inForce: InForce | undefined;
  #generation = 0;
  /** What its listeners are bound to. */
  #bound: readonly BoundListener[] = [];

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

  /** All at once. One that dies of it has the plan when it is up again, as by `apply`. @throws what one of them says against it. */
  async prepare(plan: Plan): Promise<void> {
    const results = await Promise.allSettled(this.#all.map((host) => host.prepare(plan)));
    for (const result of results) if (result.status === 'rejected' && isRefusal(result.reason)) throw result.reason;
  }

  async apply(plan: Plan): Promise<readonly BoundListener[]> {
    const next = { plan, generation: this.#generation + 1 };
    await this.prepare(plan);
    const { bound, failure } = await this.#swap(next);
    if (failure !== undefined) {
      await this.#goBack();
      throw failure.reason;
    }
    this.#inForce = next;
    this.#generation = next.generation;
    this.#bound = bound;
    return bound;
  }

  /** @throws what the leading thread says: nothing has changed then. @returns with the failure of another one. */
  async #swap({
    plan,
    generation,
  }: InForce): Promise<{ bound: readonly BoundListener[]; failure?: PromiseRejectedResult }> {
    const leader = this.#leaderFor(plan);
    // Only the first knows port 0 as what it was asked for; the others have what became of it.
    const bound = await leader.apply(leader === this.#first ? plan : pinPorts(plan, this.#bound), { generation });
    const rest = withoutUnix(pinPorts(plan, bound));
    const others = this.#all.filter((host) => host !== leader);
    const results = await Promise.allSettled(others.map((host) => host.apply(rest, { generation, follows: true })));
    const failure = results.find((result) => result.status === 'rejected');
    return failure === undefined ? { bound } : { bound, failure };
  }

  /** The first that runs: one that is being replaced keeps nobody waiting. Unix sockets are the first thread's, so it must be there. */
  #leaderFor({ listeners }: Plan): ThreadHost {
    if (listeners.some(({ address }) => address.kind === 'unix')) return this.#first;
    return this.#all.find(({ facts }) => facts[0]?.state === 'running') ?? this.#first;
  }

  async setNames(updates: readonly NameUpdate[]): Promise<void> {
    await Promise.all(this.#all.map((host) => host.setNames(updates)));
  }

  async setTlsSecrets(secrets: TlsSecrets): Promise<void> {
    await Promise.all(this.#all.map((host) => host.setTlsSecrets(secrets)));
  }

  async cut(pool: string, server: string): Promise<void> {
    await Promise.all(this.#all.map((host) => host.cut(pool, server)));
  }

  async reopenLog(): Promise<void> {
    await Promise.all(this.#all.map((host) => host.reopenLog()));
  }

  /** The first thread has all listeners; while it is being replaced, another one knows of all but unix sockets. */
  async explain(request: RequestToExplain): Promise<Explanation> {
    const host = this.#all.find(({ facts }) => facts[0]?.state === 'running') ?? this.#first;
    return await host.explain(request);
  }

  async status(options?: StatusOptions): Promise<DataPlaneStatus> {
    const each = await Promise.allSettled(this.#all.map((host) => host.status(options)));
    const known = each.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const [first] = known;
    if (first === undefined) throw each.find((result) => result.status === 'rejected')!.reason;
    return sumStatus(known);
  }

  async threads(): Promise<readonly ThreadStatus[]> {
    return (await Promise.all(this.#all.map((host) => host.threads()))).flat();
  }

  /** Nobody knows which thread it was in. Of two with one id, the later. A thread that is being replaced has none. */
  async traced(id: string): Promise<TracedExchange | undefined> {
    const each = await Promise.allSettled(this.#all.map((host) => host.traced(id)));
    const known = each.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (known.length === 0 && each[0]?.status === 'rejected') throw each[0].reason;
    return known.filter((traced) => traced !== undefined).toSorted((a, b) => (a.at < b.at ? 1 : -1))[0];
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
    if (this.#inForce === undefined) return; // The start has failed: whoever starts it stops all.
    const { failure } = await this.#swap(this.#inForce).catch((reason: unknown) => ({ failure: { reason } }));
    if (failure !== undefined) this.#log.error(`Cannot go back to the plan before: ${messageOf(failure.reason)}`);
  }
}

/** Not the thread has failed, but the plan. */
function isRefusal(error: unknown): boolean {
  return error instanceof ProxyError && error.code !== 'internal-error';
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
