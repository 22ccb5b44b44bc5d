import type { Clock } from '../../core/clock.ts';
import { FolderWatch } from './watch-folders.ts';
import { isNewerThan, marksOf, type FileMark } from './watch-marks.ts';

/** What became of a change; `failed`: try it again at the next look. */
export type ChangeResult = 'taken' | 'failed';

export interface FileWatchOptions {
  readonly clock: Clock;
  /** The files are others than before. Never rejects; not called again while it runs. */
  readonly onChange: () => Promise<ChangeResult>;
  readonly times?: FileWatchTimes;
}

/** All in ms. */
export interface FileWatchTimes {
  /** Quiet after an event, so that a certificate and its key arrive together. */
  readonly quietMs: number;
  /** A file that changes all the time is taken after so long, and no sooner than so long after the last time. */
  readonly atMostEveryMs: number;
  /** Without any event. */
  readonly pollMs: number;
}

const defaultTimes: FileWatchTimes = { quietMs: 1000, atMostEveryMs: 5000, pollMs: 30_000 };

/** Loading a config may take so long, in ms: a file that changed within it may be newer than what was loaded. */
const loadingMs = 60_000;

/** A mark that no file has: whatever is found is a change. */
const unknown: FileMark = '';

/**
 * Watches files for change: by events of their folders, and by looking every 30 s for what events do not tell (network file
 * systems, links further up). Being told once too often is harmless, so in doubt a file counts as changed.
 *
 *  IDLE --event--> WAITING --quiet for 1 s, or 5 s gone--> LOOKING --other marks--> onChange --> IDLE
 *    '----------------------- every 30 s ---------------------^
 */
export class FileWatch {
  readonly #options: FileWatchOptions;
  readonly #times: FileWatchTimes;
  readonly #folders: FolderWatch;
  readonly #seen = new Map<string, FileMark>();
  #files: readonly string[] = [];
  /** Of those that wait for a look; undefined: none. */
  #firstEvent: number | undefined;
  #lastTaken = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(options: FileWatchOptions) {
    this.#options = options;
    this.#times = options.times ?? defaultTimes;
    this.#folders = new FolderWatch(() => this.#event());
  }

  /**
   * From now on these files are watched and no others; of those that were before, what was seen last still counts. With none there is
   * no timer. Resolves when the others have been looked at. Never rejects.
   */
  async follow(files: readonly string[]): Promise<void> {
    this.#files = files;
    this.#folders.follow(files);
    for (const file of this.#seen.keys()) if (!files.includes(file)) this.#seen.delete(file);
    this.#arm();
    const since = this.#options.clock.date() - loadingMs;
    for (const [file, mark] of await marksOf(files.filter((each) => !this.#seen.has(each)))) {
      if (this.#files.includes(file) && !this.#seen.has(file)) {
        this.#seen.set(file, isNewerThan(mark, since) ? unknown : mark);
      }
    }
  }

  stop(): void {
    void this.follow([]);
  }

  #event(): void {
    this.#firstEvent ??= this.#options.clock.now();
    if (!this.#looking) this.#arm();
  }

  /** One timer: for the look that events ask for, or else for the next without any. */
  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#files.length === 0 || this.#looking) return;
    this.#timer = setTimeout(() => void this.#look(), this.#waitMs()).unref();
  }

  #waitMs(): number {
    const { quietMs, atMostEveryMs, pollMs } = this.#times;
    if (this.#firstEvent === undefined) return pollMs;
    const now = this.#options.clock.now();
    const due = Math.min(now + quietMs, this.#firstEvent + atMostEveryMs);
    return Math.max(due, this.#lastTaken + atMostEveryMs) - now;
  }

  async #look(): Promise<void> {
    this.#looking = true;
    this.#firstEvent = undefined;
    const marks = await marksOf(this.#files);
    const changed = [...marks].filter(([file, mark]) => this.#seen.get(file) !== mark);
    for (const [file, mark] of changed) this.#seen.set(file, mark);
    if (changed.length > 0 && this.#files.length > 0) await this.#take(changed.map(([file]) => file));
    this.#looking = false;
    this.#arm();
  }

  async #take(changed: readonly string[]): Promise<void> {
    this.#lastTaken = this.#options.clock.now();
    if ((await this.#options.onChange()) === 'taken') return;
    for (const file of changed) if (this.#files.includes(file)) this.#seen.set(file, unknown);
  }
}
