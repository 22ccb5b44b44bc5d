import { inSlices, withEach, type Piecework } from '../core/piecework.ts';
import type { NameUpdate } from './data-plane.ts';
import { closeModules, loadModules } from './middleware/module/load-modules.ts';
import type { Plan, PlanParts } from './plan.ts';
import { keyOf } from './route-hooks.ts';
import { retiring, runtimeOf, runtimeParts, type Runtime, type RuntimeEnv, type RuntimeParts } from './runtime.ts';
import type { Pool } from './upstream/pool.ts';

/**
 * Makes the runtime of the next plan while the one in force goes on, a slice at a time, and keeps the addresses of names for it.
 * Calls of `prepare` and `take` must not overlap; names may come at any time.
 */
export class NextRuntime {
  readonly #env: RuntimeEnv;
  readonly #names: Map<string, readonly string[]> = new Map();
  /** No names are kept but those of these pools; undefined: there may be others. */
  #namesOf: PlanParts['pools'] | undefined;
  /** Those that have come since the last plan was put in force, while what is left of the one before is ended. */
  #fresh: Set<string> | undefined;
  /** Those that are made so far of the runtime to come. */
  #pools: Map<string, Pool> | undefined;
  /** Resolves when nothing is left of the runtime before the one in force. Never rejects. */
  #retired: Promise<void> = Promise.resolve();
  #prepared: { readonly plan: PlanParts; readonly parts: RuntimeParts } | undefined;

  constructor(env: RuntimeEnv) {
    this.#env = env;
  }

  get retired(): Promise<void> {
    return this.#retired;
  }

  get names(): ReadonlyMap<string, readonly string[]> {
    return this.#names;
  }

  /** Builds what the plan needs. What was prepared before and not taken is dropped. */
  async prepare({ routes, pools }: PlanParts, current: Runtime | undefined): Promise<void> {
    await this.#retired;
    this.drop(current);
    const modules = await loadModules(routes, {
      log: this.#env.log,
      functions: this.#env.functions,
      known: (plan) => current?.features.made(keyOf(plan)) !== undefined,
    });
    const ground = { current, names: this.#names, pools: new Map<string, Pool>(), modules };
    this.#pools = ground.pools;
    try {
      const parts = await inSlices(runtimeParts({ routes, pools }, ground, this.#env));
      this.#prepared = { plan: { routes, pools }, parts };
    } catch (error) {
      this.#pools = undefined;
      closeModules(modules);
      throw error;
    }
  }

  /** The runtime of the plan: what was prepared, if it was prepared for these routes and pools. */
  async take(plan: Plan, current: Runtime | undefined): Promise<Runtime> {
    const { routes, pools } = this.#prepared?.plan ?? {};
    if (routes !== plan.routes || pools !== plan.pools) await this.prepare(plan, current);
    const { parts } = this.#prepared!;
    try {
      return runtimeOf(plan, parts, this.#env);
    } catch (error) {
      this.drop(current);
      throw error;
    }
  }

  /** `next` is in force: ends what it has not taken over of the one before, a slice at a time. Only the next plan waits for it. */
  retire(old: Runtime | undefined, next: Runtime): void {
    this.#fresh = new Set();
    const clean = this.#namesOf === next.plan.pools;
    this.#namesOf = next.plan.pools;
    this.#retired = this.#retire(old, next, clean);
  }

  /** @param clean no names are known but those of its pools. */
  async #retire(old: Runtime | undefined, next: Runtime, clean: boolean): Promise<void> {
    try {
      await inSlices(retiring(old, next));
      if (!clean) await inSlices(this.#forgettingNames(next.plan));
    } catch (error) {
      this.#env.bug(error);
    } finally {
      this.#fresh = undefined;
    }
  }

  /** It is in force, or has been given up: what comes next begins anew. */
  settle(): void {
    this.#prepared = undefined;
    this.#pools = undefined;
  }

  /** Ends what was prepared, but for what the one in force has too. */
  drop(current: Runtime | undefined): void {
    const { features } = this.#prepared?.parts ?? {};
    if (current === undefined) features?.close();
    else features?.retire(current.features);
    this.settle();
  }

  setNames(updates: readonly NameUpdate[], current: Runtime | undefined): void {
    const changed = new Map(updates.map(({ name, addresses }) => [name, addresses]));
    for (const [name, addresses] of changed) {
      if (!this.#names.has(name)) this.#namesOf = undefined;
      this.#fresh?.add(name);
      this.#names.set(name, addresses);
    }
    const pools = new Set([...(current?.pools.values() ?? []), ...(this.#pools?.values() ?? [])]);
    for (const pool of pools) pool.follow(changed);
  }

  /** Names that no server of the plan has: otherwise each reload could add to them for ever. Those that have come since are kept. */
  *#forgettingNames({ pools }: PlanParts): Piecework<void> {
    const inUse = new Set<string>();
    yield* withEach(pools, ({ servers }) => {
      for (const { address } of servers) if (address.kind === 'tcp') inUse.add(address.host);
    });
    for (const name of this.#names.keys())
      if (!inUse.has(name) && this.#fresh?.has(name) !== true) this.#names.delete(name);
  }
}
