import { ProxyError } from '../../core/errors.ts';
import type { Abortable, Exchange, Reply } from '../exchange.ts';
import type { Picker } from '../picker.ts';
import type { PoolPlan } from '../pool-plan.ts';
import { poolBreaker } from '../passive-plan.ts';
import type { RowsOfPool } from '../pool-rows.ts';
import { plainRetries, type RetryPlan } from '../retry-plan.ts';
import { Bindings } from './affinity.ts';
import { Forward } from './forward.ts';
import type { OutgoingRequest } from './outgoing-request.ts';
import { noteEjected } from './passive/note-ejected.ts';
import { PoolBreaker } from './passive/pool-breaker.ts';
import { RetryBudget } from './retry/retry-budget.ts';
import type { ServerChoice } from './server-choice.ts';
import type { ServerEnv } from './server-env.ts';
import { Server } from './server.ts';
import { StickyServers } from './sticky/sticky-servers.ts';
import { Places } from './queue/places.ts';
import type { PlaceTaker, Waiter, Wanted } from './queue/waiter.ts';
import { UsableServers } from './usable-servers.ts';

/** What a pool is made of. */
export interface PoolParts {
  readonly plan: PoolPlan;
  readonly picker: Picker<Server>;
  readonly rows: RowsOfPool;
  /** The pool of that name in the plan before: servers that are the same go on. */
  readonly before?: Pool | undefined;
}

const any: Wanted<Server> = { tried: undefined, only: undefined };

/** The servers of a pool, and the way of an exchange to one of them. */
export class Pool implements ServerChoice {
  readonly plan: PoolPlan;
  readonly servers: readonly Server[];
  readonly bindings: Bindings;
  readonly retries: RetryPlan;
  readonly retryBudget: RetryBudget;
  readonly #env: ServerEnv;
  readonly #picker: Picker<Server>;
  readonly #usable: UsableServers<Server>;
  readonly #places: Places<Server>;
  readonly #breaker: PoolBreaker | undefined;
  /** Undefined: clients do not stay with their servers. */
  readonly #sticky: StickyServers<Server> | undefined;

  constructor({ plan, picker, rows, before }: PoolParts, env: ServerEnv) {
    this.plan = plan;
    this.#env = env;
    this.#picker = picker;
    this.bindings = before?.bindings ?? new Bindings();
    this.servers = plan.servers.map((server, i) => {
      const parts = { plan, server, row: rows.servers[i]! };
      const same = before?.servers.find((each) => each.server.name === server.name);
      return same?.fits(parts) === true ? same : new Server(parts, env);
    });
    this.#usable = new UsableServers(this.servers, rows.pool, plan);
    this.#sticky = plan.sticky && new StickyServers({ plan, sticky: plan.sticky, servers: this.servers, env });
    const breaker = poolBreaker(plan.passive);
    const { clock, tell } = env;
    this.#breaker = breaker && new PoolBreaker({ pool: plan.name, plan: breaker, row: rows.pool, clock, tell });
    const kept = before && before.#places;
    this.#places = new Places(
      { pool: plan.name, capacity: plan.capacity, picker, row: rows.pool, usable: this.#usable, before: kept },
      env,
    );
    if (before === undefined) this.#beginPlaces();
    const retries = plan.retries ?? plainRetries;
    this.retries = retries;
    this.retryBudget = new RetryBudget(rows.pool, this.servers, retries.budget);
  }

  readonly hasOthers = (tried: ReadonlySet<Server>): boolean =>
    this.#usable.list.some((server) => !tried.has(server)) || this.#usable.lastResort(tried) !== undefined;

  /** It is in force: servers that it has taken over follow its plan. */
  begin(): void {
    for (const [i, server] of this.servers.entries()) server.follow(this.plan, this.plan.servers[i]!);
    this.#beginPlaces();
  }

  #beginPlaces(): void {
    for (const server of this.servers) server.onRoom = () => this.#places.freed();
    this.#places.begin(this.plan.servers.some(({ limits }) => (limits?.maxConnections ?? 0) > 0));
  }

  /** Brings the exchange to a server; what becomes of it goes to `reply`. @returns whom to tell if the client goes away, if anybody. */
  forward(exchange: Exchange, reply: Reply, request: OutgoingRequest): Abortable | undefined {
    if (exchange.trace) noteEjected(exchange.trace, this.servers);
    const probe = this.#breaker?.admit(exchange);
    if (probe instanceof ProxyError) {
      reply.fail(probe);
      return undefined;
    }
    const heard = probe?.listen(reply) ?? reply;
    this.#sticky?.begin(exchange, request.headers);
    const forward = new Forward(this, this.#env, { exchange, reply: heard, request });
    forward.start();
    return probe?.guard(forward) ?? forward;
  }

  place(taker: PlaceTaker<Server>, wanted: Wanted<Server> = any): Server | Waiter<Server> | ProxyError | undefined {
    const { exchange } = taker;
    const usable = this.#usable.list;
    const { tried, only } = wanted;
    if (only === undefined) {
      const bound = this.#sticky?.choose(exchange, usable, tried);
      const own = bound && this.#enter(taker, usable, { tried, only: bound });
      // It is full, and so is the queue: another one is better than none.
      if (own !== undefined && !(own instanceof ProxyError)) return own;
      const none = usable.length === 0 || (tried !== undefined && usable.every((server) => tried.has(server)));
      if (none) return this.#lastPlace(taker, usable, tried);
    }
    return this.#enter(taker, usable, wanted);
  }

  /** All usable ones have been tried, or there is none. */
  #lastPlace(
    taker: PlaceTaker<Server>,
    usable: readonly Server[],
    tried: ReadonlySet<Server> | undefined,
  ): Server | Waiter<Server> | ProxyError | undefined {
    const last = this.#usable.lastResort(tried);
    if (last !== undefined) {
      taker.exchange.trace?.add('pick', 'all others have been tried: one that is out for a while', last.name);
      return this.#enter(taker, usable, { tried, only: last });
    }
    return usable.length === 0 ? new ProxyError('no-server', this.#whyNone()) : undefined;
  }

  #enter(
    taker: PlaceTaker<Server>,
    usable: readonly Server[],
    wanted: Wanted<Server>,
  ): Server | Waiter<Server> | ProxyError {
    const { exchange } = taker;
    if (exchange.dry) return this.#showPlace(exchange, usable, wanted);
    return this.#places.enter(taker, wanted, exchange.route?.importance);
  }

  /** Some server of it can be chosen now. */
  get usable(): boolean {
    return this.#usable.list.length > 0;
  }

  release(server: Server): void {
    this.#places.release(server);
  }

  /** Exchanges that wait for one of its servers, over all threads. */
  get waiting(): number {
    return this.#places.waiting;
  }

  /** New addresses of a name that servers are known by. */
  setAddresses(name: string, addresses: readonly string[]): void {
    for (const server of this.servers) {
      const { address } = server.server;
      if (address.kind === 'tcp' && address.host === name) server.addresses = addresses;
    }
  }

  /** The same for many names at once. */
  follow(addresses: ReadonlyMap<string, readonly string[]>): void {
    for (const server of this.servers) {
      const { address } = server.server;
      const known = address.kind === 'tcp' ? addresses.get(address.host) : undefined;
      if (known !== undefined) server.addresses = known;
    }
  }

  /** No new exchanges come: idle connections are closed, the others as they become idle. @param next takes over what it has. */
  retire(next?: Pool): void {
    for (const server of this.servers) if (next?.servers.includes(server) !== true) server.retire();
    this.#places.end();
  }

  /** Breaks off all that one of its servers is doing. */
  cut(name: string): void {
    this.servers.find((server) => server.name === name)?.cut();
  }

  destroy(): void {
    for (const server of this.servers) server.destroy();
    this.#places.end();
  }

  /** Of a dry exchange, which takes nothing. */
  #showPlace(exchange: Exchange, usable: readonly Server[], { tried, only }: Wanted<Server>): Server {
    const server = only ?? this.#picker.pick(exchange, usable, tried);
    if (!this.#places.roomy) exchange.trace?.add('pick', this.#places.fullWords);
    else if (server.full) exchange.trace?.add('pick', 'it is full: another one would be chosen', server.name);
    return server;
  }

  #whyNone(): string {
    const why = this.servers.length === 0 ? 'the pool has none' : 'none of the pool is usable now';
    return `Cannot choose a server: ${why}`;
  }
}
