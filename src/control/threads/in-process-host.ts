import type {
  BoundListener,
  DataPlane,
  DataPlaneStatus,
  DrainOptions,
  ListeningSocket,
  NameUpdate,
  Plan,
  SharedPlace,
  TlsSecrets,
} from '../../proxy/index.ts';
import { NameMemory } from '../names/name-memory.ts';
import { SharedState } from './shared-state.ts';
import type { ThreadFacts, ThreadHost, ThreadStatus } from './thread-host.ts';
import { threadStatus } from './thread-status.ts';

/** `threads: 0`: the data plane in the caller's own event loop, for embedding and tests. */
export class InProcessHost implements ThreadHost {
  readonly #plane: DataPlane;
  readonly #state: SharedState;
  readonly #shared: SharedPlace;
  readonly #names = new NameMemory();
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

  async apply(plan: Plan): Promise<readonly BoundListener[]> {
    const counters = this.#state.allocate(plan);
    const bound = await this.#plane.apply(plan, { counters });
    this.#state.follow(this.#shared, plan, counters);
    this.#generation += 1;
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

  async reopenLog(): Promise<void> {
    await this.#plane.reopenLog();
  }

  async status(): Promise<DataPlaneStatus> {
    return this.#plane.status();
  }

  async threads(): Promise<readonly ThreadStatus[]> {
    return [threadStatus(this.facts[0]!, this.#generation, this.#plane.status())];
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
