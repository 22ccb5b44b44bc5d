import { spawn, type ChildProcess } from 'node:child_process';

import { codeOf } from '../code-of.ts';
import { durationWords } from '../events/duration-words.ts';
import { failed, passed, type CheckResult } from './check-result.ts';

export interface Script {
  readonly command: readonly [string, ...string[]];
  /** All that it is told, beside the usual PATH. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** So much of what it prints is looked at; the first line of it is shown. */
const mostOutputBytes = 4096;
const mostShown = 200;

/** The folders that every system has; what the proxy itself was started with may hold secrets. */
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Runs a program, without a shell, in a process group of its own, which ends with the check.
 * @returns how to give up: the program is killed then.
 */
export function scriptCheck(script: Script, done: (result: CheckResult) => void): () => void {
  const run = new Run(script, done);
  return () => run.finish(undefined);
}

class Run {
  readonly #child: ChildProcess;
  readonly #limit: NodeJS.Timeout;
  #done: ((result: CheckResult) => void) | undefined;
  #output = '';

  constructor(script: Script, done: (result: CheckResult) => void) {
    this.#done = done;
    const [program, ...rest] = script.command;
    const env = { PATH: searchPath, ...script.environment };
    this.#child = spawn(program, rest, { detached: true, env, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#hear(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#hear(chunk));
    this.#child.on('error', (error) => this.finish({ kind: 'void', why: cannotRun(error) }));
    // Not 'close': something that it left behind may hold its output open.
    this.#child.on('exit', (code, signal) => setImmediate(() => this.finish(this.#judge(code, signal))));
    const late = `the script had not ended after ${durationWords(script.timeoutMs)}`;
    this.#limit = setTimeout(() => this.finish(failed(late)), script.timeoutMs);
  }

  finish(result: CheckResult | undefined): void {
    const done = this.#done;
    if (done === undefined) return;
    this.#done = undefined;
    clearTimeout(this.#limit);
    this.#kill();
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    if (result !== undefined) done(result);
  }

  #hear(chunk: Buffer): void {
    const room = mostOutputBytes - this.#output.length;
    if (room > 0) this.#output += chunk.toString('latin1', 0, room);
  }

  #judge(code: number | null, signal: NodeJS.Signals | null): CheckResult {
    const [line = ''] = this.#output.trim().split('\n', 1);
    const shown = line.slice(0, mostShown).replaceAll(/[^\x20-\x7e]/g, '?');
    const said = shown === '' ? '' : `: ${shown}`;
    if (code === 0) return passed(`the script ended with 0${said}`);
    return failed(`the script ended with ${signal ?? code}${said}`);
  }

  /** It, and all that it has started. */
  #kill(): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // None of them is there any more.
    }
  }
}

/** The server may be well: it is the check that does not work. */
function cannotRun(error: Error): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return 'the script cannot be run: there is no such program';
  if (code === 'EACCES') return 'the script cannot be run: it is not executable';
  return `the script cannot be run: ${error.message}`;
}
