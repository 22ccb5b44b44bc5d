import type { PoolPlan } from '../../proxy/index.ts';
import type { ServerBoard, ServerChange, ServerName } from '../servers/server-board.ts';
import type { ServerRecord } from '../servers/server-record.ts';
import type { After } from './recurring.ts';

export interface SlowStartEnv {
  readonly clock: { now(): number };
  readonly after: After;
  readonly board: ServerBoard;
}

/** Steps are so long, or a twentieth of the whole where that is shorter. */
const longestStepMs = 1000;
const leastSteps = 20;
const shortestStepMs = 50;

/** It begins with so much: enough for some requests to come, where others have hundreds. */
const leastShare = 0.01;

interface Growth {
  readonly name: ServerName;
  readonly beganAt: number;
  readonly totalMs: number;
  cancel: () => void;
}

/**
 * Lets the share of a server grow in a straight line when it has come back, or when it is new in a plan that is not the first: its
 * caches are cold. At the start of the process all are cold alike, and nothing is held back.
 */
export class SlowStart {
  readonly #env: SlowStartEnv;
  readonly #growing: Map<string, Growth> = new Map();
  #totals: ReadonlyMap<string, number> = new Map();
  /** Undefined: there was no plan yet. */
  #known: ReadonlySet<string> | undefined;

  constructor(env: SlowStartEnv) {
    this.#env = env;
  }

  /** The board has these servers already. */
  follow(pools: readonly PoolPlan[]): void {
    this.#totals = new Map(pools.map(({ name, checks }) => [name, checks?.slowStartMs ?? 0]));
    const before = this.#known;
    const names = pools.flatMap(({ name: pool, servers }) => servers.map(({ name: server }) => ({ pool, server })));
    this.#known = new Set(names.map(keyOf));
    for (const [key, growth] of this.#growing) {
      if (!this.#known.has(key) || this.#totals.get(growth.name.pool) === 0) this.#end(key);
    }
    if (before === undefined) return;
    for (const name of names) if (!before.has(keyOf(name))) this.#start(name, 'it is new');
  }

  /** To be told of every change. */
  changed({ pool, server, before, after }: ServerChange): void {
    if (works(before) === works(after)) return;
    if (works(after)) this.#start({ pool, server }, 'it has come back');
    else this.#end(keyOf({ pool, server }));
  }

  stop(): void {
    for (const growth of this.#growing.values()) growth.cancel();
    this.#growing.clear();
  }

  #start(name: ServerName, why: string): void {
    const totalMs = this.#totals.get(name.pool) ?? 0;
    if (totalMs === 0) return;
    const key = keyOf(name);
    this.#growing.get(key)?.cancel();
    const growth: Growth = { name, beganAt: this.#env.clock.now(), totalMs, cancel: () => {} };
    this.#growing.set(key, growth);
    this.#step(key, growth, `${why}, and starts slowly`);
  }

  #step(key: string, growth: Growth, why: string): void {
    const { clock, after, board } = this.#env;
    const { name, beganAt, totalMs } = growth;
    const part = (clock.now() - beganAt) / totalMs;
    if (part >= 1) return this.#end(key);
    const stepMs = Math.max(shortestStepMs, Math.min(longestStepMs, totalMs / leastSteps));
    growth.cancel = after(Math.min(stepMs, totalMs), () => this.#step(key, growth, 'it starts slowly'));
    board.change(name, { share: Math.max(leastShare, Math.round(part * 1000) / 1000) }, why);
  }

  #end(key: string): void {
    const growth = this.#growing.get(key);
    if (growth === undefined) return;
    growth.cancel();
    this.#growing.delete(key);
    this.#env.board.change(growth.name, { share: 1 }, 'it has its whole weight');
  }
}

/** Nothing keeps requests away from it. One that drains still has those that are bound to it, and stays warm. */
function works({ operator, health, ejected, said }: ServerRecord): boolean {
  const maint = operator === 'maint' || said.operator === 'maint';
  return !maint && health !== 'down' && said.health !== 'down' && !ejected;
}

function keyOf({ pool, server }: ServerName): string {
  return JSON.stringify([pool, server]);
}
