import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProcessTree } from './process-tree.ts';

/** How a process is started. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** File that takes standard output, appended to; otherwise it is kept in memory. */
  readonly stdoutTo?: string;
  readonly cwd: string;
  /** The only CPU core that it and its descendants may run on, or several as taskset says them: `0-1`. */
  readonly core: number | string;
}

/** Output kept of a process: enough for wrk's report or the reason of a failed start. */
const maxOutput = 64 * 1024;
const stopMs = 4000;
/** Of util-linux: becomes the program given, on that core. */
const pinning = 'taskset';

/** A process that the benchmark started. */
export class Child {
  readonly tree: ProcessTree;
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #stdout = '';
  #stderr = '';

  constructor(launch: Launch) {
    const stdout = launch.stdoutTo === undefined ? 'pipe' : openSync(launch.stdoutTo, 'a');
    this.#process = spawn(pinning, ['-c', String(launch.core), launch.command, ...launch.args], {
      cwd: launch.cwd,
      env: { ...process.env, ...launch.env },
      stdio: ['pipe', stdout, 'pipe'],
    });
    if (typeof stdout === 'number') closeSync(stdout);
    this.#process.on('error', (error) => (this.#stderr += error.message));
    this.#closed = once(this.#process, 'close').catch(() => undefined);
    this.#process.stdout?.setEncoding('utf8').on('data', (text) => (this.#stdout = tail(this.#stdout + text)));
    this.#process.stderr?.setEncoding('utf8').on('data', (text) => (this.#stderr = tail(this.#stderr + text)));
    this.#process.stdin?.on('error', () => undefined); // it may end before it has read everything
    this.tree = new ProcessTree(this.#process.pid ?? 0);
  }

  get ended(): boolean {
    return this.#process.pid === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Standard output, the end of it. */
  get output(): string {
    return this.#stdout;
  }

  /** Last words on standard error, or what else is known of its end. */
  get complaint(): string {
    const code = this.#process.exitCode ?? this.#process.signalCode;
    return this.#stderr.trim().slice(-500) || (this.ended ? `ended with ${code ?? 'no process'}` : 'says nothing');
  }

  /** Text as it comes. @throws {Error} when it goes to a file */
  get stdout(): Readable {
    if (this.#process.stdout === null) throw new Error('Cannot listen to a process: its output goes to a file');
    return this.#process.stdout;
  }

  send(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  /** Resolves when the process has ended and its output has been read. */
  async end(): Promise<void> {
    await this.#closed;
  }

  /** Asks at once; whoever wants to know waits for `stop`. */
  interrupt(): void {
    if (!this.ended) this.#process.kill('SIGTERM');
  }

  /** SIGTERM; what is still there after four seconds gets SIGKILL, descendants included. */
  async stop(): Promise<void> {
    if (this.ended) return;
    const family = this.tree.pids();
    this.interrupt();
    const timer = new AbortController();
    await Promise.race([this.#closed, sleep(stopMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    if (this.ended) return;
    for (const pid of family) kill(pid);
    await this.#closed;
  }
}

/** All processes of one benchmark. Disposal ends each by its own pid. */
export class Children implements AsyncDisposable {
  readonly #live = new Set<Child>();
  #interrupted = false;

  /** @throws {Error} once `interrupt` was called */
  start(launch: Launch): Child {
    if (this.#interrupted) throw new Error('Cannot go on: interrupted');
    const child = new Child(launch);
    this.#live.add(child);
    void child.end().then(() => this.#live.delete(child));
    return child;
  }

  /** Ends everything that runs; whoever waits for a child then sees it fail. */
  interrupt(): void {
    this.#interrupted = true;
    for (const child of this.#live) child.interrupt();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#interrupted = true;
    await Promise.all([...this.#live].map((child) => child.stop()));
  }
}

function tail(text: string): string {
  return text.length > maxOutput ? text.slice(-maxOutput) : text;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has gone by itself
  }
}
