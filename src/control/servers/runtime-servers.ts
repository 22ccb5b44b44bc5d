import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { ServerField, type PoolPlan, type ServerPlan } from '../../proxy/index.ts';
import { withPerServer } from '../config/compile-capacity.ts';
import { namedServerPlan } from '../config/compile-routes.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import { serverSchema } from '../config/schema-server.ts';
import type { NotedKind } from '../events/server-events.ts';
import { messageOf } from '../message-of.ts';
import type { NameStatus } from '../names/name-resolver.ts';
import { decide, fit, refused, sameChange, type Refused, type ServerCommand } from './decide-command.ts';
import { findServer } from './find-server.ts';
import { overlay } from './overlay.ts';
import { changeText, type RuntimeChange, type RuntimeState } from './runtime-change.ts';
import { RuntimeChanges } from './runtime-changes.ts';
import type { ServerBoard, ServerName } from './server-board.ts';
import type { ServerFinder } from './server-finder.ts';
import type { ServerRecord } from './server-record.ts';
import type { SplitBoard, SplitShare } from './split-board.ts';
import type { StateKeeper } from './state-keeper.ts';

/** The running Postern, as what is said of servers needs it. */
export interface ServersHost {
  /** In force. */
  config(): LoadedConfig;
  /** What it does in place of taking commands, in words; undefined: it takes them. */
  busy(): string | undefined;
  /** Runs a job when no reload and no other job runs. */
  run<Result>(job: () => Promise<Result>): Promise<Result>;
  /** @throws {Error} where that fails; all is as before then. */
  put(config: LoadedConfig): Promise<void>;
}

export interface RuntimeServersEnv {
  readonly board: ServerBoard;
  readonly splits: SplitBoard;
  readonly clock: Clock;
  readonly log: Logger;
  readonly keeper: StateKeeper;
  readonly finder: ServerFinder;
  /** Closes all connections to a server now. */
  readonly cut: (name: ServerName) => Promise<void>;
  /** An event that the board does not tell by itself. */
  readonly note: (event: NotedKind, name: ServerName, why: string) => void;
}

/** What a command has done. */
export type ServerResult =
  | {
      readonly ok: true;
      /** False: all was so already. */
      readonly changed: boolean;
      readonly servers: readonly ServerName[];
      /** Why it will not outlive the process; undefined: it will. */
      readonly lost: string | undefined;
    }
  | Refused;

/** Weights by pool, or for all of them in the order of the config. */
export type SplitWeights = Readonly<Record<string, number>> | readonly number[];

/** How the pools of a route share its requests. */
export interface SplitState {
  readonly route: string;
  readonly shares: readonly SplitShare[];
}

/** What a change of a split has done. */
export type SplitResult =
  | { readonly ok: true; readonly changed: boolean; readonly split: SplitState; readonly lost: string | undefined }
  | Refused;

/** What a list says of a server, beside its state and its traffic. */
export interface ShownServer {
  /** Requests and tunnels that it has now. */
  readonly exchanges: number;
  /** Where it comes from. */
  readonly origin: 'config' | 'added' | 'dns';
  /** What was said of it while it ran, in words; undefined: nothing. */
  readonly changed: string | undefined;
}

/** What a server has to do yet. */
export interface ServerLoad extends ServerName {
  readonly operator: ServerRecord['operator'];
  readonly weight: number;
  /** Requests and tunnels that it has now, over all threads. */
  readonly exchanges: number;
}

/**
 * What is said of servers while the proxy runs, beside the config: by operators and by DNS.
 *
 * (1) The plan in force is that of the config with all this. A reload changes what is below it, and leaves it.
 * (2) Operators' changes outlive the process, until they are reset or fit the config no more.
 * (3) Each is made when the reload or change before it has ended.
 */
export class RuntimeServers {
  readonly #env: RuntimeServersEnv;
  #changes: RuntimeChanges = new RuntimeChanges();
  /** Of splits of which something was said. */
  #routes: ReadonlySet<string> = new Set();
  #host: ServersHost | undefined;
  /** What the config names by itself: lists ask for each server. */
  #known: { readonly given: readonly PoolPlan[]; readonly names: ReadonlyMap<string, ReadonlySet<string>> } | undefined;

  constructor(env: RuntimeServersEnv) {
    this.#env = env;
    env.board.wishes = (name) => this.#wish(name);
    env.finder.onChange = (why) => void this.#found(why);
  }

  /** Takes up what was kept, and asks for the names that servers are found by. Never rejects. @returns the config with all of it. */
  async begin(config: LoadedConfig): Promise<LoadedConfig> {
    const { changes, splits } = await this.#env.keeper.read(config);
    this.#changes = new RuntimeChanges(changes);
    this.#env.splits.takeUp(splits);
    this.#routes = new Set(splits.map(({ route }) => route));
    return await this.over(config);
  }

  /** From now on commands are carried out. */
  attach(host: ServersHost): void {
    this.#host = host;
  }

  /** A config that was loaded, with all that stands beside it. Never rejects. */
  async over(config: LoadedConfig): Promise<LoadedConfig> {
    await this.#env.finder.prepare(config);
    return this.shown(config);
  }

  /** The same with what is known now: for those who only look. */
  shown(config: LoadedConfig): LoadedConfig {
    const { given, ...rest } = config;
    const below = given ?? config.plan.pools;
    const pools = overlay(below, {
      changes: this.#changes,
      found: (template) => this.#env.finder.found(template),
      planOf: (change, pool) => planOf(change, pool, config),
    });
    const plan = { ...config.plan, pools };
    return pools === below ? { ...rest, plan } : { ...rest, plan, given: below };
  }

  /** This config is in force, and the board has its servers: changes that do not fit it any more are forgotten. */
  follow(config: LoadedConfig): void {
    const { finder, keeper, log } = this.#env;
    finder.settle(config);
    const fitted = this.#changes.all.map((change) => ({ change, ...fit(change, givenOf(config)) }));
    for (const { change, forgot } of fitted) if (forgot !== undefined) log.warn(forgot, nameOf(change));
    if (fitted.some(({ forgot }) => forgot !== undefined)) {
      this.#changes = new RuntimeChanges(fitted.flatMap(({ kept }) => kept ?? []));
    }
    const routes = new Set(this.#env.splits.overrides.map(({ route }) => route));
    for (const route of this.#routes) {
      if (!routes.has(route))
        log.warn(`Forgot what was said of the split of ${route}: it has other pools now, or is gone`);
    }
    this.#routes = routes;
    void keeper.follow(config, this.state);
  }

  stop(): void {
    this.#env.finder.stop();
  }

  /** All that was said, as it stands beside the config. */
  get state(): RuntimeState {
    return { changes: this.#changes.all, splits: this.#env.splits.overrides };
  }

  /** Names that servers are found by. */
  get names(): readonly NameStatus[] {
    return this.#env.finder.status;
  }

  /** Routes whose requests several pools share. */
  get splits(): readonly SplitState[] {
    const { splits } = this.#env;
    return splits.routes.map((route) => ({ route, shares: splits.get(route)! }));
  }

  /** @param weights by pool, or for all of them in the order of the config; undefined: as the config says. Never rejects. */
  async setSplit(route: string, weights: SplitWeights | undefined, by: string): Promise<SplitResult> {
    const host = this.#host!;
    return await host.run(async () => {
      if (host.busy() !== undefined) return refused('failed', `Cannot change splits: Postern is ${host.busy()}`);
      const { splits, keeper } = this.#env;
      const before = splits.get(route);
      try {
        const changed = splits.set(route, named(weights, before ?? []), by);
        this.#routes = new Set(splits.overrides.map((each) => each.route));
        const lost = await keeper.write(host.config(), this.state);
        return { ok: true, changed, split: { route, shares: splits.get(route)! }, lost };
      } catch (error) {
        return refused(before === undefined ? 'unknown' : 'wrong', messageOf(error));
      }
    });
  }

  /** What is shown of a server in a list. */
  shownOf(name: ServerName): ShownServer {
    const change = this.#changes.get(name);
    const exchanges = this.#env.board.read(name, ServerField.exchanges);
    const inConfig = this.#configHas(name);
    const origin = change?.added === undefined ? (inConfig ? 'config' : 'dns') : 'added';
    return { exchanges, origin, changed: change && changeText(change) };
  }

  #configHas({ pool, server }: ServerName): boolean {
    const { given } = this.#host!.config();
    if (given === undefined) return true;
    if (this.#known?.given !== given) {
      const names = new Map(given.map(({ name, servers }) => [name, new Set(servers.map((each) => each.name))]));
      this.#known = { given, names };
    }
    return this.#known.names.get(pool)?.has(server) === true;
  }

  /** @param by who says so, in words. Never rejects. */
  async change(command: ServerCommand, by: string): Promise<ServerResult> {
    const host = this.#host!;
    return await host.run(async () => {
      if (host.busy() !== undefined) return refused('failed', `Cannot change servers: Postern is ${host.busy()}`);
      const at = new Date(this.#env.clock.date()).toISOString();
      const { plan } = host.config();
      const given = givenOf(host.config());
      const decided = decide(command, { given, pools: plan.pools, changes: this.#changes, at, by });
      return decided.ok ? await this.#carryOut(decided.changes, by, host) : decided;
    });
  }

  /** What a server has to do yet. */
  load(pool: string, server: string): ServerLoad | Refused {
    const { board } = this.#env;
    const names = board.serversOf(pool).map(({ plan }) => plan.name);
    const found = findServer(server, names, `the pool ${pool}`);
    if (!('name' in found)) return refused(found.why === 'unknown' ? 'unknown' : 'conflict', found.message);
    const name = { pool, server: found.name };
    const { operator, weight } = board.get(name)!;
    const exchanges = board.read(name, ServerField.exchanges);
    return { ...name, operator, weight: weight ?? board.plan(name)!.weight, exchanges };
  }

  /** Closes all connections to a server that gets nothing new, with what is on its way there. */
  async cut(pool: string, server: string, by: string): Promise<ServerLoad | Refused> {
    const load = this.load(pool, server);
    if ('ok' in load) return load;
    if (load.operator === 'ready') {
      return refused('conflict', `Cannot close the connections to ${load.server}: it is ready; drain it first`);
    }
    this.#env.log.warn(
      `The connections to ${load.server} are closed, with ${load.exchanges} requests: ${by}`,
      nameOf(load),
    );
    try {
      await this.#env.cut(load);
    } catch (error) {
      return refused('failed', messageOf(error));
    }
    return load;
  }

  async #carryOut(changes: readonly RuntimeChange[], by: string, host: ServersHost): Promise<ServerResult> {
    const real = changes.filter((change) => !sameChange(this.#changes.get(change), change));
    const next = this.#changes.copy();
    if (!real.every((change) => next.put(change))) {
      return refused(
        'conflict',
        `Cannot keep more than ${next.size} changes: write them into the config, and reset them`,
      );
    }
    const before = this.#changes;
    this.#changes = next;
    try {
      await this.#putInForce(host, by);
    } catch (error) {
      this.#changes = before;
      return refused('failed', messageOf(error));
    }
    for (const change of real) this.#tell(before.get(change), change, by);
    const lost = real.length === 0 ? undefined : await this.#env.keeper.write(host.config(), this.state);
    const servers = changes.map(({ pool, server }) => ({ pool, server }));
    return { ok: true, changed: real.length > 0, servers, lost };
  }

  /** @throws {Error} where that fails; all is as before then. */
  async #putInForce(host: ServersHost, why: string): Promise<void> {
    const next = this.shown(host.config());
    if (samePools(next.plan.pools, host.config().plan.pools)) return;
    const before = namesOf(host.config().plan.pools);
    const after = namesOf(next.plan.pools);
    const { note } = this.#env;
    const gone = [...before.values()].filter((name) => !after.has(keyOf(name)));
    await host.put(next);
    for (const name of gone) note('server-removed', name, why);
    for (const name of after.values()) if (!before.has(keyOf(name))) note('server-added', name, why);
  }

  /** The states of the servers that are still there. */
  #tell(before: RuntimeChange | undefined, after: RuntimeChange, why: string): void {
    const { board, note } = this.#env;
    const { weight = board.plan(after)?.weight } = after;
    const said = board.get(after) !== undefined && before?.weight !== after.weight;
    board.change(after, this.#wish(after), why);
    if (said) note('server-weight', after, `${why}; it is ${weight} now`);
  }

  #wish(name: ServerName): Pick<ServerRecord, 'operator' | 'weight'> {
    const { operator = 'ready', weight } = this.#changes.get(name) ?? {};
    return { operator, weight };
  }

  /** Names lead elsewhere now. Never rejects. */
  async #found(why: string): Promise<void> {
    const host = this.#host;
    if (host === undefined) return;
    await host.run(async () => {
      if (host.busy() === 'starting') return this.#env.finder.again();
      if (host.busy() !== undefined) return;
      try {
        await this.#putInForce(host, why);
      } catch (error) {
        this.#env.log.error(`Cannot use the servers that DNS names now: ${messageOf(error)}; another try follows`);
        this.#env.finder.again();
      }
    });
  }
}

/** Weights by pool. @throws {TypeError} where there are not as many as pools. */
function named(
  weights: SplitWeights | undefined,
  shares: readonly SplitShare[],
): Readonly<Record<string, number>> | undefined {
  if (!isList(weights)) return weights;
  if (shares.length === 0) return {};
  if (weights.length === shares.length) return Object.fromEntries(shares.map(({ pool }, i) => [pool, weights[i]!]));
  const pools = shares.map(({ pool }) => pool).join(', ');
  throw new TypeError(`Cannot use ${weights.length} weights: the split has ${shares.length} pools (${pools})`);
}

function isList(weights: SplitWeights | undefined): weights is readonly number[] {
  return Array.isArray(weights);
}

function givenOf({ given, plan }: LoadedConfig): readonly PoolPlan[] {
  return given ?? plan.pools;
}

function planOf(
  { added, server }: RuntimeChange,
  { perServer }: PoolPlan,
  { texts }: LoadedConfig,
): ServerPlan | undefined {
  const read = serverSchema.safeParse(added);
  if (!read.success || read.data.resolve !== undefined || read.data.origin !== server) return undefined;
  return namedServerPlan(withPerServer(read.data, { perServer: perServer ?? {} }), server, texts?.folder ?? '/');
}

function namesOf(pools: readonly PoolPlan[]): Map<string, ServerName> {
  const names = pools.flatMap(({ name: pool, servers }) => servers.map(({ name: server }) => ({ pool, server })));
  return new Map(names.map((name) => [keyOf(name), name]));
}

function nameOf({ pool, server }: ServerName): { readonly pool: string; readonly server: string } {
  return { pool, server };
}

function keyOf({ pool, server }: ServerName): string {
  return JSON.stringify([pool, server]);
}

/** Each of them has the servers that it had. */
function samePools(a: readonly PoolPlan[], b: readonly PoolPlan[]): boolean {
  return a.every((pool, i) => pool === b[i] || JSON.stringify(pool.servers) === JSON.stringify(b[i]?.servers));
}
