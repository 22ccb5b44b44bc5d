import type { Clock } from '../../core/clock.ts';
import { ProxyError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type {
  BoundListener,
  DataPlaneStatus,
  DrainOptions,
  ListeningSocket,
  NameUpdate,
  Plan,
  SharedPlace,
  TlsSecrets,
} from '../../proxy/index.ts';
import { BackOff } from '../back-off.ts';
import { messageOf } from '../message-of.ts';
import { NameMemory } from '../names/name-memory.ts';
import { pinPorts } from './pin-ports.ts';
import { SharedState } from './shared-state.ts';
import type { ThreadFacts, ThreadHost, ThreadStatus } from './thread-host.ts';
import { threadStatus } from './thread-status.ts';
import { WorkerLink, type ThreadTimes } from './worker-link.ts';

export interface WorkerHostOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** A thread that cannot be ended holds its listeners for ever: told so, the owner ends the process. */
  readonly onStuck: (reason: string) => void;
  /** What it shares with the hosts of other threads; default: it is alone. */
  readonly state?: SharedState;
  /** Which of the threads this is, from 0, and how many there are; default: the only one. */
  readonly index?: number;
  readonly threads?: number;
  /** Entry file of the thread; default: the data plane. For tests. */
  readonly entry?: URL;
  readonly times?: ThreadTimes;
}

const defaultTimes: ThreadTimes = { startMs: 30_000, silenceMs: 5000, terminateMs: 3000, failingMs: 15_000 };

/** Waits for the answers to calls, in ms. */
const applyMs = 60_000;
const answerMs = 5000;

/** A thread that lived so long was sound: what made it die is no crash loop. */
const soundAfterMs = 60_000;

/** The entry file lies beside this one, as TypeScript from the sources and as JavaScript once built. */
function defaultEntry(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './data-thread.ts' : './data-thread.js', import.meta.url);
}

/**
 * `threads: 1`: the data plane in a worker thread, replaced whenever it dies.
 *
 * The new thread gets the plan in force (that is, the last one that was applied well) and all names that are known. A
 * thread that dies again and again is started ever more slowly, at most every 30 s.
 */
export class WorkerHost implements ThreadHost {
  readonly #options: WorkerHostOptions;
  readonly #backOff = new BackOff({ minMs: 250, maxMs: 30_000 });
  readonly #names = new NameMemory();
  readonly #state: SharedState;
  /** The places of the threads that live. */
  readonly #places = new Map<WorkerLink, SharedPlace>();
  /** All threads that still live: the one in force, one that starts, those that drain after an error. */
  readonly #links = new Set<WorkerLink>();
  #current: WorkerLink | undefined;
  #startedAt = 0;
  #started = 0;
  #replaced = 0;
  #generation = 0;
  #plan: Plan | undefined;
  #secrets: TlsSecrets | undefined;
  #bound: readonly BoundListener[] = [];
  /** What the listeners of the thread before this one were bound to. */
  #pins: readonly BoundListener[] = [];
  #ending = false;
  #timer: NodeJS.Timeout | undefined;

  /** @throws {ProxyError} where the first thread does not come up. */
  static async start(options: WorkerHostOptions): Promise<WorkerHost> {
    const host = new WorkerHost(options);
    const link = host.#startLink();
    await link.ready;
    host.#take(link);
    return host;
  }

  private constructor(options: WorkerHostOptions) {
    this.#options = options;
    this.#state = options.state ?? new SharedState(1);
  }

  get facts(): readonly ThreadFacts[] {
    const state = this.#current === undefined ? 'starting' : 'running';
    return [{ name: this.#name, state: this.#ending ? 'stopped' : state, replaced: this.#replaced }];
  }

  async apply(plan: Plan): Promise<readonly BoundListener[]> {
    if (this.#current === undefined && this.#index > 0 && !this.#ending) {
      this.#plan = plan; // Other threads have it: the one that is on its way gets it when it is up.
      return this.#bound;
    }
    const link = this.#link('apply the plan');
    const bound = await this.#applyTo(link, plan, this.#index > 0);
    this.#plan = plan;
    this.#bound = bound;
    this.#generation += 1;
    this.#state.keep(plan);
    try {
      await this.#sendNames(link, this.#names.recall(plan));
    } catch (error) {
      // The plan is in force. Only a thread that fails does not take its names: the one that takes its place gets them.
      this.#options.log.warn(messageOf(error));
    }
    return bound;
  }

  async setNames(updates: readonly NameUpdate[]): Promise<void> {
    this.#names.remember(updates);
    if (this.#current !== undefined) await this.#sendNames(this.#current, updates);
  }

  async setTlsSecrets(secrets: TlsSecrets): Promise<void> {
    this.#secrets = secrets;
    if (this.#current !== undefined) await this.#sendSecrets(this.#current);
  }

  async reopenLog(): Promise<void> {
    await this.#link('reopen the log').call({ call: 'reopenLog' }, answerMs);
  }

  async status(): Promise<DataPlaneStatus> {
    const answer = await this.#link('ask for the status').call({ call: 'status' }, answerMs);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the thread runs this same package
    return answer as DataPlaneStatus;
  }

  async threads(): Promise<readonly ThreadStatus[]> {
    const status = await this.status().catch(() => undefined);
    return [threadStatus(this.facts[0]!, this.#generation, status)];
  }

  async listeningSockets(): Promise<readonly ListeningSocket[]> {
    const answer = await this.#link('ask for the sockets').call({ call: 'listeningSockets' }, answerMs);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the thread runs this same package
    return answer as readonly ListeningSocket[];
  }

  async takeOver(sockets: readonly ListeningSocket[]): Promise<void> {
    await this.#link('take over the sockets').call({ call: 'takeOver', sockets }, answerMs);
  }

  async drain(graceMs: number, options?: DrainOptions): Promise<void> {
    this.#end();
    await this.#current?.call({ call: 'drain', graceMs, options }, graceMs + answerMs);
  }

  async stop(): Promise<void> {
    this.#end();
    const current = this.#current;
    this.#current = undefined;
    try {
      await current?.call({ call: 'stop' }, answerMs);
    } catch (error) {
      this.#options.log.warn(`The data thread did not stop in order: ${messageOf(error)}`);
    }
    await Promise.all([...this.#links].map((link) => link.end()));
  }

  #end(): void {
    this.#ending = true;
    clearTimeout(this.#timer);
  }

  #link(what: string): WorkerLink {
    if (this.#current !== undefined) return this.#current;
    const why = this.#ending ? 'Postern is stopping' : 'the data thread is being replaced, try again in a moment';
    throw new ProxyError('internal-error', `Cannot ${what}: ${why}`);
  }

  #startLink(): WorkerLink {
    const { clock, log, onStuck, entry, times } = this.#options;
    this.#started += 1;
    const shared = this.#state.take();
    const link: WorkerLink = new WorkerLink({
      entry: entry ?? defaultEntry(),
      name: this.#started === 1 ? this.#name : `${this.#name}.${this.#started}`,
      shared,
      clock,
      log,
      times: times ?? defaultTimes,
      onLost: (reason) => this.#lost(link, reason),
      onStuck,
    });
    this.#links.add(link);
    this.#places.set(link, shared);
    void link.gone.then(() => this.#gone(link, shared));
    return link;
  }

  #gone(link: WorkerLink, shared: SharedPlace): void {
    this.#links.delete(link);
    this.#places.delete(link);
    this.#state.leave(shared);
  }

  get #index(): number {
    return this.#options.index ?? 0;
  }

  get #name(): string {
    return `data-${this.#index + 1}`;
  }

  #take(link: WorkerLink): void {
    this.#current = link;
    this.#startedAt = this.#options.clock.now();
  }

  #lost(link: WorkerLink, reason: string): void {
    if (this.#current !== link) return;
    this.#current = undefined;
    if (this.#ending) return;
    if (this.#options.clock.now() - this.#startedAt > soundAfterMs) this.#backOff.reset();
    this.#options.log.error(`The data thread is lost: ${reason}`);
    this.#replaceSoon();
  }

  #replaceSoon(): void {
    const waitMs = Math.round(this.#backOff.next());
    this.#options.log.info(`Starting another data thread in ${waitMs} ms`);
    this.#timer = setTimeout(() => void this.#replace(), waitMs);
  }

  /** Never rejects. */
  async #replace(): Promise<void> {
    let link: WorkerLink | undefined;
    try {
      link = this.#startLink();
      await link.ready;
      this.#pins = this.#bound;
      const secrets = this.#secrets;
      await this.#sendSecrets(link); // Before it listens: no session is refused that another thread began.
      await this.#bringUpToDate(link);
      if (this.#secrets !== secrets) await this.#sendSecrets(link); // Rotated meanwhile.
      if (this.#ending) {
        await link.end();
        return;
      }
      this.#take(link);
      this.#replaced += 1;
      this.#options.log.info('Another data thread is running');
    } catch (error) {
      await link?.end();
      if (this.#ending) return;
      this.#options.log.error(`Cannot replace the data thread: ${messageOf(error)}`);
      this.#replaceSoon();
    }
  }

  /** The plan in force, which may become another one meanwhile. */
  async #bringUpToDate(link: WorkerLink): Promise<void> {
    for (let applied: Plan | undefined; this.#plan !== undefined && this.#plan !== applied;) {
      applied = this.#plan;
      // oxlint-disable-next-line no-await-in-loop -- the later one takes the place of the first
      this.#bound = await this.#applyTo(link, applied, (this.#options.threads ?? 1) > 1);
      // oxlint-disable-next-line no-await-in-loop
      await this.#sendNames(link, this.#names.recall(applied));
    }
  }

  /** @param beside other threads have the addresses. */
  async #applyTo(link: WorkerLink, plan: Plan, beside: boolean): Promise<readonly BoundListener[]> {
    const pinned = pinPorts(plan, this.#pins);
    const counters = this.#state.allocate(plan);
    const answer = await link.call(
      { call: 'apply', plan: pinned, options: { counters, beside, threads: this.#options.threads } },
      applyMs,
    );
    const place = this.#places.get(link);
    if (place !== undefined) this.#state.follow(place, plan, counters);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the thread runs this same package
    return answer as readonly BoundListener[];
  }

  async #sendSecrets(link: WorkerLink): Promise<void> {
    if (this.#secrets !== undefined) await link.call({ call: 'setTlsSecrets', secrets: this.#secrets }, answerMs);
  }

  async #sendNames(link: WorkerLink, updates: readonly NameUpdate[]): Promise<void> {
    if (updates.length > 0) await link.call({ call: 'setNames', updates }, answerMs);
  }
}
