import type { Clock } from '../../../core/clock.ts';
import type { Headers } from '../../../core/headers.ts';
import { allocateBonds, bondEnvOf, type BondEnv } from '../../bond-env.ts';
import { CookieBonds } from '../../cookie-bonds.ts';
import type { Exchange } from '../../exchange.ts';
import type { Candidate } from '../../picker.ts';
import type { PoolPlan } from '../../pool-plan.ts';
import { readState } from '../../server-state.ts';
import type { StickyPlan } from '../../sticky-plan.ts';
import { ByCookie } from './by-cookie.ts';
import { ByKey } from './by-key.ts';
import type { StickyWay } from './sticky-way.ts';

/** What a pool whose clients stay is made of. */
export interface StickyParts<S> {
  readonly plan: PoolPlan;
  readonly sticky: StickyPlan;
  readonly servers: readonly S[];
  readonly env: { readonly clock: Pick<Clock, 'date'>; readonly bonds?: BondEnv };
}

/** Brings the clients of a pool back to the servers that they have been with, before a picker is asked. */
export class StickyServers<S extends Pick<Candidate, 'name' | 'row'>> {
  readonly #way: StickyWay;
  readonly #servers: ReadonlyMap<string, S>;

  constructor(parts: StickyParts<S>) {
    this.#way = wayOf(parts);
    this.#servers = new Map(parts.servers.map((server) => [server.name, server]));
  }

  /** An exchange begins: from here on it knows what its client is bound to. */
  begin(exchange: Exchange, outgoing: Headers): void {
    exchange.bond = this.#way.bondOf(exchange, outgoing);
  }

  /**
   * The server that the client is bound to; undefined: there is none that may have it. A server that the operator drains keeps those
   * who are with it, also one whose weight is 0.
   */
  choose(exchange: Exchange, usable: readonly S[], tried: ReadonlySet<S> | undefined): S | undefined {
    const { bond, trace } = exchange;
    const server = bond?.to === undefined ? undefined : this.#servers.get(bond.to);
    if (server === undefined) {
      trace?.add('pick', `${this.#way.what} leads to no server: one is chosen`);
      return undefined;
    }
    const why = whyNot(server, usable, tried);
    trace?.add(
      'pick',
      why === undefined ? `${this.#way.what} leads to it` : `${this.#way.what} leads to it, but ${why}`,
      server.name,
    );
    return why === undefined ? server : undefined;
  }
}

function whyNot<S extends Pick<Candidate, 'row'>>(
  server: S,
  usable: readonly S[],
  tried: ReadonlySet<S> | undefined,
): string | undefined {
  if (tried?.has(server) === true) return 'it was tried';
  const { operator, health, ejected } = readState(server.row);
  if (operator === 'maint') return 'it is in maintenance';
  // In panic the checks are not believed.
  if ((health !== 'down' && !ejected) || usable.includes(server)) return undefined;
  return health === 'down' ? 'it is down' : 'it is taken out for a while';
}

function wayOf<S>({ plan, sticky, env }: StickyParts<S>): StickyWay {
  const { clock, bonds: { known, secret } = bondEnvOf(allocateBonds()) } = env;
  const { by, maxAgeMs, maxIdleMs } = sticky;
  if (by.kind !== 'cookie') return new ByKey({ by, plan, times: sticky, known, clock });
  const names = plan.servers.map(({ name }) => name);
  const bonds = new CookieBonds({ cookie: by.cookie, secret, scope: `pool ${plan.name}`, names, maxAgeMs, maxIdleMs });
  return new ByCookie(bonds, clock);
}
