import type { ChecksPlan, Plan, PoolPlan } from '../../proxy/index.ts';
import { effectiveState } from '../servers/effective-state.ts';
import type { ServerName } from '../servers/server-board.ts';
import { AgentWatch } from './agent-watch.ts';
import { checkOf } from './check-of.ts';
import type { KeptResult } from './check-result.ts';
import { HealthWatch } from './health-watch.ts';
import { LoadWatch } from './load-watch.ts';
import { SlowStart } from './slow-start.ts';
import type { Subject } from './targets.ts';
import { nameOf, type Watch, type WatchEnv } from './watch-env.ts';

/** First checks begin over so long, or longer where there are very many. */
const spreadMs = 2000;
const spreadEachMs = 2;

/** What is known from checks of a server. */
export interface CheckStatus {
  /** Undefined: it is not checked. */
  readonly checks:
    | { readonly passed: number; readonly failed: number; readonly history: readonly KeptResult[] }
    | undefined;
  /** What it said of itself last, or why it said nothing; undefined: it is not asked. */
  readonly word: { readonly ok: boolean; readonly why: string } | undefined;
}

/** All that watches one server. */
interface ServerWatches {
  readonly spec: string;
  readonly name: ServerName;
  readonly everyMs: number;
  readonly health: HealthWatch | undefined;
  /** Its agent, or its load. */
  readonly word: AgentWatch | LoadWatch | undefined;
}

/**
 * Checks the servers of the plan in force, once for the whole process.
 *
 * (1) A server whose pool, name and check stay the same is checked on as if nothing had happened.
 * (2) One that is in maintenance is not checked. Its agent is asked on where the agent itself has put it there: nobody else would
 *     hear that it is back.
 */
export class HealthKeeper {
  readonly #env: WatchEnv;
  readonly #slowStart: SlowStart;
  readonly #servers: Map<string, ServerWatches> = new Map();
  readonly #unlisten: () => void;

  constructor(env: WatchEnv) {
    this.#env = env;
    this.#slowStart = new SlowStart(env);
    this.#unlisten = env.board.listen((change) => {
      this.#slowStart.changed(change);
      if (
        change.before.operator !== change.after.operator ||
        change.before.said.operator !== change.after.said.operator
      ) {
        const watches = this.#servers.get(keyOf(change));
        if (watches !== undefined) this.#tend(watches, 0);
      }
    });
  }

  /** The board has these servers already. */
  follow({ pools }: Pick<Plan, 'pools'>): void {
    const wanted = new Map(pools.flatMap((pool) => wantedOf(pool)));
    for (const [key, watches] of this.#servers) {
      const next = wanted.get(key);
      if (next?.spec === watches.spec) continue;
      this.#servers.delete(key);
      end(watches, next?.checks);
    }
    const fresh: ServerWatches[] = [];
    for (const [key, each] of wanted) {
      if (this.#servers.has(key)) continue;
      const watches = this.#make(each);
      this.#servers.set(key, watches);
      fresh.push(watches);
    }
    for (const [i, watches] of fresh.entries()) {
      const over = Math.min(watches.everyMs, Math.max(spreadMs, fresh.length * spreadEachMs));
      this.#tend(watches, (over * i) / fresh.length);
    }
    this.#slowStart.follow(pools);
  }

  stop(): void {
    this.#unlisten();
    this.#slowStart.stop();
    for (const { health, word } of this.#servers.values()) {
      health?.stop();
      word?.stop();
    }
    this.#servers.clear();
  }

  statusOf(name: ServerName): CheckStatus {
    const { health, word } = this.#servers.get(keyOf(name)) ?? {};
    const checks = health && { passed: health.passed, failed: health.failed, history: [...health.history] };
    return { checks, word: word?.last };
  }

  #make({ subject, checks, spec }: Wanted): ServerWatches {
    const env = this.#env;
    const { agent, load, health: plan } = checks;
    const word = wordWatch(env, subject, checks);
    // Without a page of its own, the load stands in answers to checks.
    const listener = word instanceof LoadWatch && load?.path === undefined ? word : undefined;
    const onAnswer = listener?.take.bind(listener);
    const health = plan && new HealthWatch(env, { subject, plan, check: checkOf({ env, subject, plan, onAnswer }) });
    const everyMs = (plan ?? agent ?? load)?.everyMs ?? 0;
    return { spec, name: nameOf(subject), everyMs, health, word };
  }

  /** Starts what is to run, and stops what is not. */
  #tend({ name, health, word }: ServerWatches, inMs: number): void {
    const record = this.#env.board.get(name);
    if (record === undefined) return;
    const { operator } = effectiveState(record, { weight: 1 });
    run(health, operator !== 'maint', inMs);
    run(word, record.operator !== 'maint', inMs);
  }
}

function wordWatch(env: WatchEnv, subject: Subject, { agent, load }: ChecksPlan): AgentWatch | LoadWatch | undefined {
  if (agent !== undefined) return new AgentWatch(env, subject, agent);
  return load && new LoadWatch(env, subject, load);
}

function run(watch: Watch | undefined, runs: boolean, inMs: number): void {
  if (watch === undefined || watch.running === runs) return;
  if (runs) watch.start(inMs);
  else watch.stop();
}

/** What is asked in another way from now on is not taken back: it counts until there is news. */
function end({ health, word }: ServerWatches, next: ChecksPlan | undefined): void {
  if (next?.health === undefined) health?.retract();
  else health?.stop();
  if (next?.agent === undefined && next?.load === undefined) word?.retract();
  else word?.stop();
}

interface Wanted {
  readonly subject: Subject;
  readonly checks: ChecksPlan;
  /** Equal where nothing is different that matters to how it is asked. */
  readonly spec: string;
}

function wantedOf(pool: PoolPlan): readonly (readonly [string, Wanted])[] {
  const { checks, tls, limits, lenient, sourceAddress, timeouts, protocol } = pool;
  if (checks === undefined || (checks.health ?? checks.agent ?? checks.load) === undefined) return [];
  const { slowStartMs: _, ...asked } = checks;
  const common = JSON.stringify([asked, tls, limits, lenient, sourceAddress, timeouts.connectMs, protocol?.version]);
  return pool.servers.map((server) => {
    const { address, secure, hostHeader } = server;
    const spec = `${JSON.stringify([address, secure, hostHeader])} ${common}`;
    return [keyOf({ pool: pool.name, server: server.name }), { subject: { pool, server }, checks, spec }];
  });
}

function keyOf({ pool, server }: ServerName): string {
  return JSON.stringify([pool, server]);
}
