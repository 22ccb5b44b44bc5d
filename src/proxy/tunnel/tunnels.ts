import { ProxyError } from '../../core/errors.ts';
import type { SharedRow } from '../../core/shared/shared-rows.ts';
import { Deadline } from '../../core/timer-wheel.ts';
import type { Exchange, Reply } from '../exchange.ts';
import { readState, type ServerState } from '../server-state.ts';
import { TunnelField } from '../tunnel-rows.ts';
import { Tunnel, type TunnelOwner } from './tunnel.ts';

/** What tunnels need of their thread. */
export interface TunnelsEnv extends Pick<TunnelOwner, 'wheel'> {
  readonly clock: { now(): number; refresh(): void };
  readonly bug: (error: unknown) => void;
}

/** A pool as far as it matters here. */
export interface TunnelPool {
  readonly servers: readonly { readonly server: { readonly name: string }; readonly row: SharedRow }[];
}

/** The tunnels that one server has. */
interface Group {
  readonly key: string;
  readonly pool: string;
  readonly server: string;
  readonly row: SharedRow | undefined;
  readonly tunnels: Set<Tunnel>;
  /** What the operator wanted of the server when it was last looked at. */
  operator: ServerState['operator'];
}

/** How often servers are looked at whether they still want what they have. */
const LOOK_MS = 1000;

/** From one that is told to the next: their clients come back at once. */
const STEP_MS = 10;

/** So long it takes to tell all those of a server that leaves, at most. */
const SERVER_SPREAD_MS = 3000;

/** The same for those of a thread that drains, where the grace is long enough. */
const DRAIN_SPREAD_MS = 10_000;

/**
 * The tunnels of a thread: bounded by route, and told in time when an end of theirs leaves.
 *
 * A server leaves that an operator drains or puts into maintenance, or that its pool has no more. Clients that are bound to one that
 * drains come back to it: so it is only what it has when the drain begins that is told.
 */
export class Tunnels implements TunnelOwner {
  readonly clock: TunnelsEnv['clock'];
  readonly wheel: TunnelsEnv['wheel'];
  readonly #env: TunnelsEnv;
  readonly #groups: Map<string, Group> = new Map();
  readonly #groupOf: Map<Tunnel, Group> = new Map();
  readonly #look: Deadline = new Deadline(() => this.guard(() => this.#lookAtServers()));
  /** Those in force; undefined: nobody has said. */
  #pools: ReadonlyMap<string, TunnelPool> | undefined;
  /** When all must have been told; Infinity: the thread stays. */
  #drained = Infinity;

  constructor(env: TunnelsEnv) {
    this.clock = env.clock;
    this.wheel = env.wheel;
    this.#env = env;
  }

  readonly guard = (action: () => void): void => {
    try {
      this.clock.refresh();
      action();
    } catch (error) {
      this.#env.bug(error);
    }
  };

  /** Those that are open. */
  get size(): number {
    return this.#groupOf.size;
  }

  /**
   * An upgrade is asked for. @param row of the route; undefined: it has no bound.
   * @returns what stands between it and its server; or why it may not be.
   */
  enter(exchange: Exchange, reply: Reply, row: SharedRow | undefined): Tunnel | ProxyError {
    const max = exchange.route?.tunnel?.max ?? 0;
    if (row !== undefined && !row.take(TunnelField.open, max)) {
      return new ProxyError(
        'too-many-tunnels',
        `Cannot open a tunnel: the route has ${max} of them; see tunnel.max in the config`,
      );
    }
    const tunnel = new Tunnel({ exchange, reply, place: row }, this);
    exchange.tunnel = tunnel;
    return tunnel;
  }

  opened(tunnel: Tunnel): void {
    const group = this.#groupFor(tunnel.exchange);
    group.tunnels.add(tunnel);
    this.#groupOf.set(tunnel, group);
    if (this.#look.at === Infinity) this.wheel.setAt(this.#look, this.clock.now() + LOOK_MS);
    if (tunnel.polite) this.#leaveIfLate(tunnel);
  }

  /** What it needs has gone between its request and its answer. */
  #leaveIfLate(tunnel: Tunnel): void {
    const { pool, server } = tunnel.exchange;
    const now = this.clock.now();
    if (this.#drained !== Infinity) tunnel.leaveAt(Math.max(this.#drained, now));
    else if (this.#pools !== undefined && rowIn(this.#pools.get(pool), server) === undefined) tunnel.leaveAt(now);
  }

  closed(tunnel: Tunnel): void {
    const group = this.#groupOf.get(tunnel);
    this.#groupOf.delete(tunnel);
    group?.tunnels.delete(tunnel);
    if (group?.tunnels.size === 0) this.#groups.delete(group.key);
  }

  /** These are in force now. */
  follow(pools: ReadonlyMap<string, TunnelPool>): void {
    const before = this.#pools;
    this.#pools = pools;
    for (const group of this.#groups.values()) {
      const pool = pools.get(group.pool);
      if (pool === before?.get(group.pool)) continue;
      if (rowIn(pool, group.server) === undefined) this.#leave(group.tunnels, SERVER_SPREAD_MS);
    }
  }

  /** The thread drains: WebSockets are told, a few at a time, so that their clients do not come back all at once. */
  drain(graceMs: number): void {
    const spreadMs = Math.min(graceMs / 3, DRAIN_SPREAD_MS);
    this.#drained = this.clock.now() + spreadMs;
    this.#leave(this.#groupOf.keys(), spreadMs);
  }

  #lookAtServers(): void {
    if (this.#groups.size === 0) return;
    for (const group of this.#groups.values()) {
      const operator = operatorOf(group.row);
      const drains = operator === 'drain' && group.operator !== 'drain';
      if (operator === 'maint' || drains) this.#leave(group.tunnels, SERVER_SPREAD_MS);
      group.operator = operator;
    }
    this.wheel.setAt(this.#look, this.clock.now() + LOOK_MS);
  }

  #leave(tunnels: Iterable<Tunnel>, spreadMs: number): void {
    const polite = [...tunnels].filter((tunnel) => tunnel.polite);
    const now = this.clock.now();
    const stepMs = Math.min(STEP_MS, spreadMs / polite.length);
    for (const [i, tunnel] of polite.entries()) tunnel.leaveAt(now + stepMs * i);
  }

  #groupFor({ pool, server }: Exchange): Group {
    const key = `${pool}\n${server}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const row = rowIn(this.#pools?.get(pool), server);
    const group = { key, pool, server, row, tunnels: new Set<Tunnel>(), operator: operatorOf(row) };
    this.#groups.set(key, group);
    return group;
  }
}

function operatorOf(row: SharedRow | undefined): ServerState['operator'] {
  return row === undefined ? 'ready' : readState(row).operator;
}

function rowIn(pool: TunnelPool | undefined, name: string): SharedRow | undefined {
  return pool?.servers.find(({ server }) => server.name === name)?.row;
}
