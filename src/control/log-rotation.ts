import type { Stats } from 'node:fs';
import { readdir, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { AccessLogPlan, RotationPlan } from '../proxy/index.ts';

/** What rotation needs from outside. */
export interface LogRotationEnv {
  /** Opens the file anew in every data thread; resolves when none writes to the old one any more. */
  readonly reopen: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

const checkMs = 1000;
const mostTold = 20;

/**
 * Renames the access log by size and time, `access.log` to `access.log-20261121-093021` (UTC), and deletes the oldest.
 *
 * Run by the main thread. Until `reopen` is through, the data threads go on writing to the renamed file, so no line is lost.
 * Only regular files are rotated, and only names of its own pattern are ever deleted. What goes wrong is a warning, told once
 * until it changes; the next check tries again.
 */
export class LogRotation {
  readonly #path: string | undefined;
  readonly #rotate: RotationPlan | undefined;
  readonly #env: LogRotationEnv;
  /** One check or rotation at a time. */
  #last: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #checking = false;
  /** The number of the period that the file belongs to; undefined: not known yet. */
  #period: number | undefined;
  /** Warnings since the last check that went well. */
  readonly #told = new Set<string>();

  constructor(plan: AccessLogPlan, env: LogRotationEnv) {
    this.#path = plan.to.kind === 'file' ? plan.to.path : undefined;
    this.#rotate = plan.rotate;
    this.#env = env;
  }

  /** Checks now and then every second, where the plan asks for rotation. */
  start(): void {
    if (this.#path === undefined || this.#rotate === undefined || this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.check(), checkMs).unref();
    void this.check();
  }

  /** No check begins after this; a rotation under way is finished. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Rotates if the file is too large or its period is over. Never rejects. */
  check(): Promise<void> {
    if (this.#checking) return this.#last;
    this.#checking = true;
    return this.#alone(async (path, rotate) => {
      this.#checking = false;
      const stats = await stat(path).catch((error: unknown) => this.#missing(error));
      if (stats === undefined || !stats.isFile()) return;
      const period = periodOf(this.#env.clock.date(), rotate.everyMs);
      if (this.#isDue(stats, rotate, period)) await this.#rotateFile(path, rotate);
      this.#period = period;
      this.#told.clear();
    });
  }

  /** Rotates whatever the size, unless the file is empty. Never rejects. */
  rotateNow(): Promise<void> {
    return this.#alone(async (path, rotate) => {
      const stats = await stat(path);
      if (stats.isFile() && stats.size > 0) await this.#rotateFile(path, rotate);
    });
  }

  #alone(work: (path: string, rotate: RotationPlan) => Promise<void>): Promise<void> {
    const [path, rotate] = [this.#path, this.#rotate];
    if (path === undefined || rotate === undefined) return Promise.resolve();
    this.#last = this.#last
      .then(() => work(path, rotate))
      .catch((error: unknown) => this.#warn(`Cannot rotate ${path}: ${String(error)}`));
    return this.#last;
  }

  /** Somebody took the file away: with a new one, the lines can be seen again. */
  async #missing(error: unknown): Promise<undefined> {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    this.#warn(`Cannot find the access log ${this.#path}: it was moved or deleted, opening it anew`);
    await this.#env.reopen();
  }

  #isDue(stats: Stats, { maxBytes, everyMs }: RotationPlan, period: number): boolean {
    // After a start, the file may be of a period long over.
    const known = this.#period ?? periodOf(stats.mtimeMs, everyMs);
    return stats.size > 0 && (period !== known || (maxBytes > 0 && stats.size > maxBytes));
  }

  async #rotateFile(path: string, { keep }: RotationPlan): Promise<void> {
    // A symbolic link stays, and the file it leads to is renamed.
    const real = await realpath(path);
    const target = nextName(basename(real), timeText(this.#env.clock.date()), await readdir(dirname(real)));
    await rename(real, join(dirname(real), target));
    await this.#env.reopen();
    await this.#deleteOldest(real, target, keep);
  }

  async #deleteOldest(path: string, newest: string, keep: number): Promise<void> {
    const folder = dirname(path);
    const entries = await readdir(folder, { withFileTypes: true });
    const old = entries
      .filter((entry) => entry.isFile() && isRotated(entry.name, basename(path)))
      .map((entry) => entry.name);
    const sorted = old.toSorted(byAge);
    for (const name of sorted.slice(0, Math.max(0, sorted.length - keep))) {
      // Set back, the clock gives new files old names.
      if (keep > 0 && name === newest) continue;
      // oxlint-disable-next-line no-await-in-loop -- one after the other: nobody waits for it
      await unlink(join(folder, name));
    }
  }

  #warn(message: string): void {
    if (this.#told.has(message)) return;
    if (this.#told.size >= mostTold) this.#told.clear();
    this.#told.add(message);
    this.#env.log.warn(message);
  }
}

/** Whole periods of local time, so that a day ends at midnight. Without periods there is one. */
function periodOf(date: number, everyMs: number): number {
  if (everyMs === 0) return 0;
  return Math.floor((date - new Date(date).getTimezoneOffset() * 60_000) / everyMs);
}

/** `20261121-093021` */
function timeText(date: number): string {
  return new Date(date).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
}

/** One more than the highest number of this second: a lower one may be free again, but would count as older. */
function nextName(base: string, time: string, taken: readonly string[]): string {
  const numbers = taken.filter((name) => isRotated(name, base)).map(ageOf);
  const highest = Math.max(0, ...numbers.filter((age) => age.time === time).map((age) => age.number));
  return highest === 0 ? `${base}-${time}` : `${base}-${time}-${highest + 1}`;
}

/** The time, the number behind it, and what others add who compress old files: these are old files still. */
const suffix = /-(\d{8}-\d{6})(?:-(\d{1,6}))?(?:\.gz)?$/;

function isRotated(name: string, base: string): boolean {
  return name.startsWith(base) && suffix.exec(name)?.index === base.length;
}

/** Oldest first: by the time in the name, then by the number behind it. */
function byAge(a: string, b: string): number {
  const [one, two] = [ageOf(a), ageOf(b)];
  if (one.time !== two.time) return one.time < two.time ? -1 : 1;
  return one.number - two.number;
}

function ageOf(name: string): { readonly time: string; readonly number: number } {
  const [, time = '', number = '1'] = suffix.exec(name) ?? [];
  return { time, number: Number(number) };
}
