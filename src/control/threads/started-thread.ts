import type { Clock } from '../../core/clock.ts';
import { ProxyError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type {
  ApplyOptions,
  BoundListener,
  CounterMemory,
  NameUpdate,
  Plan,
  SharedPlace,
  TellEvent,
  TlsSecrets,
} from '../../proxy/index.ts';
import type { ThreadCall } from './messages.ts';
import { PlanPacker } from './plan-pack.ts';
import type { SharedState } from './shared-state.ts';
import { ThreadFeed } from './thread-feed.ts';
import { WorkerLink, type ThreadTimes } from './worker-link.ts';

export interface ThreadOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** A thread that cannot be ended holds its listeners for ever: told so, the owner ends the process. */
  readonly onStuck: (reason: string) => void;
  /** Packs plans for it, and for the hosts of other threads; default: its own. */
  readonly packer?: PlanPacker;
  /** Takes the spans of its threads; default: nobody. */
  readonly onSpans?: ((spans: readonly string[]) => void) | undefined;
  /** Takes what its threads have to say; default: nobody. */
  readonly onEvent?: TellEvent | undefined;
  /** Entry file of the thread; default: the data plane. For tests. */
  readonly entry?: URL;
  readonly times?: ThreadTimes;
  /** Most of its heap, in MB; default: what V8 takes. For tests. */
  readonly heapMb?: number;
}

/** What becomes of one thread. */
export interface ThreadLife {
  readonly name: string;
  readonly state: SharedState;
  /** It takes no calls any more; not after `end`. */
  readonly onLost: (reason: string) => void;
}

const defaultTimes: ThreadTimes = { startMs: 30_000, silenceMs: 5000, terminateMs: 3000, failingMs: 15_000 };

/** Waits for the answers to calls, in ms. */
const applyMs = 60_000;
export const answerMs = 5000;

/** The entry file lies beside this one, as TypeScript from the sources and as JavaScript once built. */
function defaultEntry(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './data-thread.ts' : './data-thread.js', import.meta.url);
}

/** One data thread from its start to its end: the link to it, its place in what all threads share, and what it has been given. */
export class StartedThread {
  readonly link: WorkerLink;
  readonly #state: SharedState;
  readonly #shared: SharedPlace;
  readonly #feed: ThreadFeed;
  /** Where it is to count by the plan that it has made ready. */
  #counters: CounterMemory | undefined;
  #gone = false;

  /** @throws {ProxyError} where there is no place for one more. */
  constructor(options: ThreadOptions, { name, state, onLost }: ThreadLife) {
    const { clock, log, onStuck, onSpans, onEvent, entry, times, heapMb } = options;
    this.#state = state;
    this.#shared = state.take();
    const link = new WorkerLink({
      entry: entry ?? defaultEntry(),
      name,
      shared: this.#shared,
      clock,
      log,
      times: times ?? defaultTimes,
      heapMb,
      onSpans,
      onEvent,
      onLost,
      onStuck,
    });
    this.link = link;
    const takeMs = times?.applyMs ?? applyMs;
    const call = (each: ThreadCall): Promise<unknown> => link.call(each, each.call === 'setNames' ? answerMs : takeMs);
    this.#feed = new ThreadFeed(call, options.packer ?? new PlanPacker());
    void link.gone.then(() => this.#end());
  }

  async prepare(plan: Plan): Promise<void> {
    await this.#feed.prepare(plan, () => {
      this.#counters = this.#state.allocate(this.#shared, plan);
      return { rows: this.#state.rowsOf(plan), counters: this.#counters };
    });
  }

  /** @param plan with the ports that it is to have. */
  async apply(plan: Plan, settings: ApplyOptions): Promise<readonly BoundListener[]> {
    await this.prepare(plan);
    if (this.#gone) throw new ProxyError('internal-error', 'Cannot apply the plan: the data thread ended');
    const counters = this.#counters;
    this.#counters = undefined;
    try {
      const bound = await this.#feed.apply(plan, settings);
      if (counters !== undefined && !this.#gone) this.#state.follow(this.#shared, plan, counters);
      return bound;
    } catch (error) {
      this.#state.forget(this.#shared);
      throw error;
    }
  }

  async setNames(updates: readonly NameUpdate[]): Promise<void> {
    await this.#feed.setNames(updates);
  }

  /** These are the names of its plan. */
  async keepNames(known: readonly NameUpdate[]): Promise<void> {
    await this.#feed.keepNames(known);
  }

  async setTlsSecrets(secrets: TlsSecrets | undefined): Promise<void> {
    if (secrets !== undefined) await this.link.call({ call: 'setTlsSecrets', secrets }, answerMs);
  }

  #end(): void {
    this.#gone = true;
    this.#state.leave(this.#shared);
  }
}
