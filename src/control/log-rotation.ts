import type { Stats } from 'node:fs';
import { access, readdir, realpath, rename, stat, unlink } from 'node:fs/promises';
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
  #trouble = '';

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
      if (this.#isDue(stats, rotate)) await this.#rotateFile(path, rotate);
      this.#trouble = '';
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
    this.#last = this.#last.then(() => work(path, rotate)).catch((error: unknown) => this.#warn(`Cannot rotate ${path}: ${String(error)}`));
    return this.#last;
  }

  /** Somebody took the file away: with a new one, the lines can be seen again. */
  async #missing(error: unknown): Promise<undefined> {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    this.#warn(`Cannot find the access log ${this.#path}: it was moved or deleted, opening it anew`);
    await this.#env.reopen();
  }

  #isDue(stats: Stats, { maxBytes, everyMs }: RotationPlan): boolean {
    const now = this.#env.clock.date();
    const period = periodOf(now, everyMs);
    // After a start, the file may be of a period long over.
    const known = this.#period ?? periodOf(stats.mtimeMs, everyMs);
    this.#period = period;
    return stats.size > 0 && (period !== known || (maxBytes > 0 && stats.size > maxBytes));
  }

  async #rotateFile(path: string, { keep }: RotationPlan): Promise<void> {
    // A symbolic link stays, and the file it leads to is renamed.
    const real = await realpath(path);
    const target = await freeName(`${real}-${timeText(this.#env.clock.date())}`);
    await rename(real, target);
    await this.#env.reopen();
    await this.#deleteOldest(real, target, keep);
  }

  async #deleteOldest(path: string, newest: string, keep: number): Promise<void> {
    const folder = dirname(path);
    const entries = await readdir(folder, { withFileTypes: true });
    const old = entries.filter((entry) => entry.isFile() && isRotated(entry.name, basename(path))).map((entry) => entry.name);
    const sorted = old.toSorted(byAge);
    for (const name of sorted.slice(0, Math.max(0, sorted.length - keep))) {
      // Set back, the clock gives new files old names.
      if (keep > 0 && name === basename(newest)) continue;
      // oxlint-disable-next-line no-await-in-loop -- one after the other: nobody waits for it
      await unlink(join(folder, name));
    }
  }

  #warn(message: string): void {
    if (message === this.#trouble) return;
    this.#trouble = message;
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

async function freeName(wanted: string): Promise<string> {
  for (let number = 1; number < 1000; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    // oxlint-disable-next-line no-await-in-loop -- the next name matters only if this one is taken
    if (!(await exists(name)) && !(await exists(`${name}.gz`))) return name;
  }
  throw new Error(`${wanted} and 998 names like it are taken`);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Others may compress old files: these are old files still. */
const suffix = /^-(\d{8}-\d{6})(?:-(\d{1,3}))?(?:\.gz)?$/;

function isRotated(name: string, base: string): boolean {
  return name.startsWith(base) && suffix.test(name.slice(base.length));
}

/** Oldest first: by the time in the name, then by the number behind it. */
function byAge(a: string, b: string): number {
  const [one, two] = [ageOf(a), ageOf(b)];
  if (one.time !== two.time) return one.time < two.time ? -1 : 1;
  return one.number - two.number;
}

function ageOf(name: string): { time: string; number: number } {
  const [, time = '', number = '1'] = /-(\d{8}-\d{6})(?:-(\d{1,3}))?(?:\.gz)?$/.exec(name) ?? [];
  return { time, number: Number(number) };
}
