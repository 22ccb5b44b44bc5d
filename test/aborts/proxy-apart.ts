import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { BoundListener, DataPlaneStatus, Plan } from '../../src/proxy/index.ts';
import type { LogLine } from '../harness/access-lines.ts';
import { planOf, type PlanSpec } from '../harness/plan-of.ts';
import type { Answered, Held, Question } from './questions.ts';

/** A proxy in a process of its own, which can be asked what it holds. */
export class ProxyApart {
  readonly #child: ChildProcess;
  readonly #asked: Map<number, (answer: Answered) => void> = new Map();
  readonly #logFile: string = path.join(tmpdir(), `postern-${randomUUID()}.log`);
  #bound: readonly BoundListener[] = [];
  #last = 0;
  #ended: string | undefined;
  #logAt = 0;

  private constructor() {
    this.#child = fork(new URL('./proxy-program.ts', import.meta.url), {
      serialization: 'advanced',
      execArgv: ['--expose-gc', '--no-warnings'],
    });
    this.#child.on('message', (answer: Answered) => {
      this.#asked.get(answer.id)?.(answer);
      this.#asked.delete(answer.id);
    });
    this.#child.on('exit', (code, signal) => {
      this.#ended = `the proxy has ended with ${signal ?? code}`;
      for (const [id, answer] of this.#asked) answer({ id, failure: this.#ended });
    });
  }

  /** @param change what the spec cannot say. */
  static async start(spec: PlanSpec, change: (plan: Plan) => Plan = (plan) => plan): Promise<ProxyApart> {
    const proxy = new ProxyApart();
    const plan = change(planOf(spec, proxy.#logFile));
    proxy.#bound = (await proxy.#ask({ kind: 'apply', plan })) as readonly BoundListener[];
    return proxy;
  }

  /** Of the first listener, or of that with this name. */
  port(name?: string): number {
    const bound = name === undefined ? this.#bound[0] : this.#bound.find((listener) => listener.name === name);
    return Number(/:(\d+)$/.exec(bound!.address)?.[1]);
  }

  status(): Promise<DataPlaneStatus> {
    return this.#ask({ kind: 'status' }) as Promise<DataPlaneStatus>;
  }

  /** Lets so much time go by for the proxy at once. */
  async turnClock(ms: number): Promise<void> {
    await this.#ask({ kind: 'turn', ms });
  }

  held(): Promise<Held> {
    return this.#ask({ kind: 'held' }) as Promise<Held>;
  }

  /** Messages of level error. */
  errors(): Promise<readonly string[]> {
    return this.#ask({ kind: 'errors' }) as Promise<readonly string[]>;
  }

  /** Resident bytes of its process. */
  memory(): Promise<number> {
    return this.#ask({ kind: 'memory' }) as Promise<number>;
  }

  /** Lines of the access log since the last call. */
  newLines(): LogLine[] {
    const file = openSync(this.#logFile, 'r');
    const bytes = Buffer.alloc(fstatSync(file).size - this.#logAt);
    readSync(file, bytes, 0, bytes.length, this.#logAt);
    closeSync(file);
    const end = bytes.lastIndexOf('\n') + 1;
    this.#logAt += end;
    const lines = bytes.subarray(0, end).toString().split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as LogLine);
  }

  /** Its process must end by itself: nothing keeps it when all is closed. */
  async stop(): Promise<void> {
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    if (this.#ended === undefined) {
      const exit = once(this.#child, 'exit');
      void this.#ask({ kind: 'stop' }).catch(() => {});
      await exit;
    }
    clearTimeout(late);
    rmSync(this.#logFile, { force: true });
    assert.equal(this.#child.signalCode, null, 'the proxy did not end by itself');
    assert.equal(this.#child.exitCode, 0);
  }

  #ask(question: Question): Promise<unknown> {
    const id = ++this.#last;
    if (this.#ended !== undefined)
      return Promise.reject(new Error(`Cannot ask for "${question.kind}": ${this.#ended}`));
    return new Promise((resolve, reject) => {
      this.#asked.set(id, ({ value, failure }) =>
        failure === undefined ? resolve(value) : reject(new Error(`Cannot ask for "${question.kind}": ${failure}`)),
      );
      this.#child.send({ id, question });
    });
  }
}

/** Open ones of all pools, idle or not. */
export function serverConnections({ pools }: DataPlaneStatus): number {
  return pools.flatMap(({ servers }) => servers).reduce((sum, { open }) => sum + open, 0);
}
