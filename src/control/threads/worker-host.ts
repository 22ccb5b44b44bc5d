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
  TlsSecrets,
} from '../../proxy/index.ts';
import { BackOff } from '../back-off.ts';
import { messageOf } from '../message-of.ts';
import { NameMemory } from '../names/name-memory.ts';
import { pinPorts } from './pin-ports.ts';
import type { ThreadFacts, ThreadHost } from './thread-host.ts';
import { WorkerLink, type ThreadTimes } from './worker-link.ts';

export interface WorkerHostOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** A thread that cannot be ended holds its listeners for ever: told so, the owner ends the process. */
  readonly onStuck: (reason: string) => void;
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
  /** All threads that still live: the one in force, one that starts, those that drain after an error. */
  readonly #links = new Set<WorkerLink>();
  #current: WorkerLink | undefined;
  #startedAt = 0;
  #started = 0;
  #replaced = 0;
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
  }

  get facts(): ThreadFacts {
    if (this.#ending) return { state: 'stopped', replaced: this.#replaced };
    return { state: this.#current === undefined ? 'starting' : 'running', replaced: this.#replaced };
  }

  async apply(plan: Plan): Promise<readonly BoundListener[]> {
    const link = this.#link('apply the plan');
    const bound = await this.#applyTo(link, plan);
    this.#plan = plan;
    this.#bound = bound;
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
    const link: WorkerLink = new WorkerLink({
      entry: entry ?? defaultEntry(),
      name: `data-${this.#started}`,
      clock,
      log,
      times: times ?? defaultTimes,
      onLost: (reason) => this.#lost(link, reason),
      onStuck,
    });
    this.#links.add(link);
    void link.gone.then(() => this.#links.delete(link));
    return link;
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
    const link = this.#startLink();
    try {
      await link.ready;
      this.#pins = this.#bound;
      const secrets = this.#secrets;
      await this.#sendSecrets(link); // Before it listens: no session is refused that another thread began.
      if (this.#plan !== undefined) {
        this.#bound = await this.#applyTo(link, this.#plan);
        await this.#sendNames(link, this.#names.recall(this.#plan));
      }
      if (this.#secrets !== secrets) await this.#sendSecrets(link); // Rotated meanwhile.
      if (this.#ending) {
        await link.end();
        return;
      }
      this.#take(link);
      this.#replaced += 1;
      this.#options.log.info('Another data thread is running');
    } catch (error) {
      await link.end();
      if (this.#ending) return;
      this.#options.log.error(`Cannot replace the data thread: ${messageOf(error)}`);
      this.#replaceSoon();
    }
  }

  async #applyTo(link: WorkerLink, plan: Plan): Promise<readonly BoundListener[]> {
    const pinned = pinPorts(plan, this.#pins);
    const answer = await link.call({ call: 'apply', plan: pinned }, applyMs);
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
