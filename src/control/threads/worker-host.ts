import { setTimeout as pause } from 'node:timers/promises';

import { ProxyError } from '../../core/errors.ts';
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
import { BackOff } from '../back-off.ts';
import { messageOf } from '../message-of.ts';
import { NameMemory } from '../names/name-memory.ts';
import { pinPorts } from './pin-ports.ts';
import { placesPerThread, SharedState } from './shared-state.ts';
import { answerMs, StartedThread, type ThreadOptions } from './started-thread.ts';
import type { ApplyTurn, ThreadFacts, ThreadHost, ThreadStatus } from './thread-host.ts';
import { threadStatus } from './thread-status.ts';

export interface WorkerHostOptions extends ThreadOptions {
  /** What it shares with the hosts of other threads; default: it is alone. */
  readonly state?: SharedState;
  /** Which of the threads this is, from 0, and how many there are; default: the only one. */
  readonly index?: number;
  readonly threads?: number;
}

interface Wanted {
  readonly plan: Plan;
  readonly generation: number;
}

/** A password's check may take its time. */
const explainMs = 10_000;

/** A thread that lived so long was sound: what made it die is no crash loop. */
const soundAfterMs = 60_000;

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
  /** All that still live, oldest first: the one in force, one that starts, those that drain after an error. */
  readonly #living = new Set<StartedThread>();
  #current: StartedThread | undefined;
  #startedAt = 0;
  #started = 0;
  #replaced = 0;
  /** Of the plan that the thread has, or that the last one had. */
  #generation = 0;
  /** The plan in force: what a thread that takes the place of another gets. */
  #wanted: Wanted | undefined;
  /** How often it was changed what such a thread has to know. */
  #changes = 0;
  /** It is being brought up; never rejects. */
  #replacing: Promise<void> | undefined;
  #secrets: TlsSecrets | undefined;
  #bound: readonly BoundListener[] = [];
  /** What the listeners of the thread before this one were bound to. */
  #pins: readonly BoundListener[] = [];
  #ending = false;
  #timer: NodeJS.Timeout | undefined;

  /** @throws {ProxyError} where the first thread does not come up. */
  static async start(options: WorkerHostOptions): Promise<WorkerHost> {
    const host = new WorkerHost(options);
    const thread = host.#startThread();
    await thread.link.ready;
    host.#take(thread);
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

  /** A thread that is just being replaced gets all when it is up. */
  async prepare(plan: Plan): Promise<void> {
    await this.#current?.prepare(plan);
  }

  async apply(plan: Plan, turn: ApplyTurn = {}): Promise<readonly BoundListener[]> {
    const { generation = this.#generation + 1, follows = false } = turn;
    const next = { plan, generation };
    if (follows && this.#lostNow) return this.#want(next);
    await this.#replacing;
    if (this.#lostNow) return await this.#replaceNow(next);
    const thread = this.#thread('apply the plan');
    let bound: readonly BoundListener[];
    try {
      bound = await this.#applyTo(thread, plan, follows);
    } catch (error) {
      if (follows && this.#lostNow) return this.#want(next);
      throw error;
    }
    this.#want(next);
    this.#bound = bound;
    this.#generation = generation;
    try {
      await thread.keepNames(this.#names.recall(plan));
    } catch (error) {
      // The plan is in force. Only a thread that fails does not take its names: the one that takes its place gets them.
      this.#options.log.warn(messageOf(error));
    }
    return bound;
  }

  /** There is no thread, and another one is or will be on its way. */
  get #lostNow(): boolean {
    return this.#current === undefined && !this.#ending;
  }

  /** What the thread that is on its way is to have. */
  #want(next: Wanted): readonly BoundListener[] {
    this.#wanted = next;
    this.#changes += 1;
    return this.#bound;
  }

  async setNames(updates: readonly NameUpdate[]): Promise<void> {
    this.#names.remember(updates);
    this.#changes += 1;
    await this.#current?.setNames(updates);
  }

  async setTlsSecrets(secrets: TlsSecrets): Promise<void> {
    this.#secrets = secrets;
    this.#changes += 1;
    await this.#current?.setTlsSecrets(secrets);
  }

  /** A thread that is being replaced has no connections. */
  async cut(pool: string, server: string): Promise<void> {
    await this.#current?.link.call({ call: 'cut', pool, server }, answerMs);
  }

  async reopenLog(): Promise<void> {
    if (this.#lostNow) return; // The thread that is on its way opens it anew.
    await this.#thread('reopen the log').link.call({ call: 'reopenLog' }, answerMs);
  }

  async explain(request: RequestToExplain): Promise<Explanation> {
    const answer = await this.#thread('explain').link.call({ call: 'explain', request }, explainMs);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the thread runs this same package
    return answer as Explanation;
  }

  async status(options?: StatusOptions): Promise<DataPlaneStatus> {
    const answer = await this.#thread('ask for the status').link.call({ call: 'status', options }, answerMs);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the thread runs this same package
    return answer as DataPlaneStatus;
  }

  async threads(): Promise<readonly ThreadStatus[]> {
    const status = await this.status({ pools: false }).catch(() => undefined);
    return [threadStatus(this.facts[0]!, this.#generation, status)];
  }

  async traced(id: string): Promise<TracedExchange | undefined> {
    const answer = await this.#thread('ask for a trace').link.call({ call: 'traced', id }, answerMs);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the thread runs this same package
    return answer as TracedExchange | undefined;
  }

  async listeningSockets(): Promise<readonly ListeningSocket[]> {
    const answer = await this.#thread('ask for the sockets').link.call({ call: 'listeningSockets' }, answerMs);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the thread runs this same package
    return answer as readonly ListeningSocket[];
  }

  async takeOver(sockets: readonly ListeningSocket[]): Promise<void> {
    await this.#thread('take over the sockets').link.call({ call: 'takeOver', sockets }, answerMs);
  }

  async drain(graceMs: number, options?: DrainOptions): Promise<void> {
    this.#end();
    const current = this.#current;
    const failing = [...this.#living].filter((thread) => thread !== current).map(({ link }) => link.gone);
    await Promise.all([
      current?.link.call({ call: 'drain', graceMs, options }, graceMs + answerMs),
      Promise.race([Promise.all(failing), pause(graceMs, undefined, { ref: false })]),
    ]);
  }

  async stop(): Promise<void> {
    this.#end();
    const current = this.#current;
    this.#current = undefined;
    try {
      await current?.link.call({ call: 'stop' }, answerMs);
    } catch (error) {
      this.#options.log.warn(`The data thread did not stop in order: ${messageOf(error)}`);
    }
    await Promise.all([...this.#living].map(({ link }) => link.end()));
  }

  #end(): void {
    this.#ending = true;
    clearTimeout(this.#timer);
  }

  #thread(what: string): StartedThread {
    if (this.#current !== undefined) return this.#current;
    const why = this.#ending ? 'Postern is stopping' : 'the data thread is being replaced, try again in a moment';
    throw new ProxyError('internal-error', `Cannot ${what}: ${why}`);
  }

  #startThread(): StartedThread {
    this.#started += 1;
    const name = this.#started === 1 ? this.#name : `${this.#name}.${this.#started}`;
    const onLost = (reason: string): void => this.#lost(thread, reason);
    const thread: StartedThread = new StartedThread(this.#options, { name, state: this.#state, onLost });
    this.#living.add(thread);
    void thread.link.gone.then(() => this.#living.delete(thread));
    return thread;
  }

  get #name(): string {
    return `data-${(this.#options.index ?? 0) + 1}`;
  }

  #take(thread: StartedThread): void {
    this.#current = thread;
    this.#startedAt = this.#options.clock.now();
  }

  #lost(thread: StartedThread, reason: string): void {
    if (this.#current !== thread) return;
    this.#current = undefined;
    if (this.#ending) return;
    if (this.#options.clock.now() - this.#startedAt > soundAfterMs) this.#backOff.reset();
    this.#options.log.error(`The data thread is lost: ${reason}`);
    this.#replaceSoon();
  }

  #replaceSoon(): void {
    const waitMs = Math.round(this.#backOff.next());
    this.#options.log.info(`Starting another data thread in ${waitMs} ms`);
    this.#timer = setTimeout(() => {
      this.#replacing = this.#replace().finally(() => (this.#replacing = undefined));
    }, waitMs);
  }

  /** Never rejects. */
  async #replace(): Promise<void> {
    try {
      await this.#bringUp();
    } catch (error) {
      if (this.#ending) return;
      this.#options.log.error(`Cannot replace the data thread: ${messageOf(error)}`);
      this.#replaceSoon();
    }
  }

  /** Somebody waits for it, and the plan may be what ends a crash loop: a thread is started at once, with that plan. */
  async #replaceNow(next: Wanted): Promise<readonly BoundListener[]> {
    clearTimeout(this.#timer);
    try {
      await this.#bringUp(next);
    } catch (error) {
      if (!this.#ending) this.#replaceSoon();
      throw error;
    }
    return this.#bound;
  }

  /**
   * Starts a thread and brings it up to date, which may become another state meanwhile; then it is the one in force.
   *
   * @param next its plan; default: the last one that was applied well.
   * @throws {ProxyError} where it does not get so far; it is gone then.
   */
  async #bringUp(next?: Wanted): Promise<void> {
    const [oldest] = this.#living;
    if (this.#living.size >= placesPerThread) await oldest?.link.end(); // Of several that fail, one has time to end.
    const thread = this.#startThread();
    const { link } = thread;
    try {
      await link.ready;
      this.#pins = this.#bound;
      let applied: Wanted | undefined;
      for (let known = -1; known !== this.#changes;) {
        known = this.#changes;
        // oxlint-disable-next-line no-await-in-loop -- what has changed meanwhile is told again
        applied = await this.#update(thread, applied, next ?? this.#wanted);
      }
      this.#pins = this.#bound;
      // Nothing is awaited from the last look at the changes to here: none is missed.
      if (this.#ending || !link.up) throw new ProxyError('internal-error', 'Cannot go on with it: it is to end');
      if (next !== undefined) this.#wanted = next;
      this.#generation = applied?.generation ?? 0;
      this.#take(thread);
      this.#replaced += 1;
      this.#options.log.info('Another data thread is running');
    } catch (error) {
      await link.end();
      throw error;
    }
  }

  /** Tells a thread that starts all that there is. @param applied the plan that it has already. @returns the plan that it has. */
  async #update(
    thread: StartedThread,
    applied: Wanted | undefined,
    wanted: Wanted | undefined,
  ): Promise<Wanted | undefined> {
    await thread.setTlsSecrets(this.#secrets); // Before it listens: no session is refused that another thread began.
    if (wanted === undefined) return undefined;
    if (wanted !== applied) this.#bound = await this.#applyTo(thread, wanted.plan, (this.#options.threads ?? 1) > 1);
    await thread.keepNames(this.#names.recall(wanted.plan));
    return wanted;
  }

  /** @param beside other threads have the addresses. */
  #applyTo(thread: StartedThread, plan: Plan, beside: boolean): Promise<readonly BoundListener[]> {
    return thread.apply(pinPorts(plan, this.#pins), { beside, threads: this.#options.threads });
  }
}
