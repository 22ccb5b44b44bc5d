import type {
  BoundListener,
  DataPlane,
  DataPlaneStatus,
  DrainOptions,
  ListeningSocket,
  NameUpdate,
  Plan,
  TlsSecrets,
} from '../../proxy/index.ts';
import { NameMemory } from '../names/name-memory.ts';
import type { ThreadFacts, ThreadHost } from './thread-host.ts';

/** `threads: 0`: the data plane in the caller's own event loop, for embedding and tests. */
export class InProcessHost implements ThreadHost {
  readonly #plane: DataPlane;
  readonly #names = new NameMemory();
  #stopped = false;

  constructor(plane: DataPlane) {
    this.#plane = plane;
  }

  get facts(): ThreadFacts {
    return { state: this.#stopped ? 'stopped' : 'caller', replaced: 0 };
  }

  async apply(plan: Plan): Promise<readonly BoundListener[]> {
    const bound = await this.#plane.apply(plan);
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
  }
}
