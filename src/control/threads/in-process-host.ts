import type {
  BoundListener,
  CounterMemory,
  DataPlane,
  DataPlaneStatus,
  DrainOptions,
  Explanation,
  ListeningSocket,
  NameUpdate,
  Plan,
  PlanParts,
  RequestToExplain,
  SharedPlace,
  StatusOptions,
  TlsSecrets,
  TracedExchange,
} from '../../proxy/index.ts';
import { NameMemory } from '../names/name-memory.ts';
import { SharedState } from './shared-state.ts';
import type { ApplyTurn, ThreadFacts, ThreadHost, ThreadStatus } from './thread-host.ts';
import { threadStatus } from './thread-status.ts';

/** `threads: 0`: the data plane in the caller's own event loop, for embedding and tests. */
export class InProcessHost implements ThreadHost {
  readonly #plane: DataPlane;
  readonly #state: SharedState;
  readonly #shared: SharedPlace;
  readonly #names = new NameMemory();
  /** What the plane has made ready, and where it is to count by that. */
  #prepared: (PlanParts & { readonly counters: CounterMemory | undefined }) | undefined;
  #generation = 0;
  #stopped = false;

  constructor(create: (shared: SharedPlace) => DataPlane, state: SharedState = new SharedState(1)) {
    this.#state = state;
    this.#shared = state.take();
    this.#plane = create(this.#shared);
  }

  get facts(): readonly ThreadFacts[] {
    return [{ name: 'main', state: this.#stopped ? 'stopped' : 'caller', replaced: 0 }];
  }

  async prepare(plan: Plan): Promise<void> {
    const { routes, pools } = plan;
    const counters = this.#state.allocate(this.#shared, plan);
    this.#prepared = undefined;
    await this.#plane.prepare(plan, this.#state.rowsOf(plan), counters);
    this.#prepared = { routes, pools, counters };
  }

  async apply(plan: Plan, { generation = this.#generation + 1 }: ApplyTurn = {}): Promise<readonly BoundListener[]> {
    if (this.#prepared?.routes !== plan.routes || this.#prepared.pools !== plan.pools) await this.prepare(plan);
    const { counters } = this.#prepared!;
    this.#prepared = undefined;
    const bound = await this.#plane.apply(plan);
    if (counters !== undefined) this.#state.follow(this.#shared, plan, counters);
    this.#generation = generation;
    this.#plane.setNames(this.#names.recall(plan));
    return bound;
  }

  async setNames(updates: readonly NameUpdate[]): Promise<void> {
    this.#names.remember(updates);
    this.#plane.setNames(updates);
  }

  async setTlsSecrets(secrets: TlsSecrets): Promise<void> {
    this.#plane.setTlsSecrets(secrets);
  }

  async cut(pool: string, server: string): Promise<void> {
    this.#plane.cut(pool, server);
  }

  async reopenLog(): Promise<void> {
    await this.#plane.reopenLog();
  }

  async explain(request: RequestToExplain): Promise<Explanation> {
    return await this.#plane.explain(request);
  }

  async status(options?: StatusOptions): Promise<DataPlaneStatus> {
    return this.#plane.status(options);
  }

  async threads(): Promise<readonly ThreadStatus[]> {
    return [threadStatus(this.facts[0]!, this.#generation, this.#plane.status({ pools: false }))];
  }

  async traced(id: string): Promise<TracedExchange | undefined> {
    return this.#plane.traced(id);
  }

  async listeningSockets(): Promise<readonly ListeningSocket[]> {
    return this.#plane.listeningSockets();
  }

  async takeOver(sockets: readonly ListeningSocket[]): Promise<void> {
    this.#plane.takeOver(sockets);
  }

  async drain(graceMs: number, options?: DrainOptions): Promise<void> {
    await this.#plane.drain(graceMs, options);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#plane.stop();
    this.#state.leave(this.#shared);
  }
}
