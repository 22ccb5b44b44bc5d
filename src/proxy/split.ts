import type { Clock } from '../core/clock.ts';
import type { Headers } from '../core/headers.ts';
import { SharedCursor } from '../core/shared/shared-cursor.ts';
import type { BondEnv } from './bond-env.ts';
import { CookieBonds, type CookieBond } from './cookie-bonds.ts';
import type { Bond, Exchange } from './exchange.ts';
import { keyReader, keyText, type KeyOf } from './pick/hash-key.ts';
import { Turns } from './pick/turns.ts';
import { shareOfKey } from './share-of-key.ts';
import { PartField, SplitField, type RowsOfSplit, type SplitRoute } from './split-rows.ts';
import type { SplitPlan } from './split-plan.ts';
import type { Pool } from './upstream/pool.ts';

/** What a split is made of. */
export interface SplitParts {
  readonly route: SplitRoute;
  readonly pools: ReadonlyMap<string, Pool>;
  readonly rows: RowsOfSplit;
  readonly env: { readonly clock: Pick<Clock, 'date'>; readonly bonds: BondEnv };
}

/** A pool with its share, as it is now. */
interface Part {
  readonly name: string;
  readonly weight: number;
  readonly pool: Pool;
}

/**
 * Which of several pools has a request of a route.
 *
 * (1) Without stickiness they take turns by weight, exact over all threads. With a cookie, a client stays with the pool of its first
 * request; with a hash, the key says which it is.
 * (2) Weights are read from memory that main writes: a change counts from the next request on, and those who are bound to a pool whose
 * weight is 0 are moved.
 * (3) The share of a pool in which no server is usable goes to the others, by their weights, unless the plan says no.
 */
export class Split {
  readonly plan: SplitPlan;
  readonly #route: string;
  readonly #pools: readonly Pool[];
  readonly #rows: RowsOfSplit;
  readonly #clock: Pick<Clock, 'date'>;
  readonly #turns: Turns<Part>;
  readonly #cookies: CookieBonds | undefined;
  readonly #keyOf: KeyOf | undefined;
  #epoch = -1;
  /** A bit for each pool. */
  #usable = 0;
  #list: readonly Part[] = [];

  constructor({ route, pools, rows, env }: SplitParts) {
    const { split } = route;
    this.plan = split;
    this.#route = route.name;
    this.#pools = split.parts.map(({ pool }) => pools.get(pool)!);
    this.#rows = rows;
    this.#clock = env.clock;
    this.#turns = new Turns(new SharedCursor(rows.split.cell(SplitField.cursor)));
    const { sticky } = split;
    this.#keyOf = sticky?.kind === 'hash' ? keyReader(sticky.of) : undefined;
    if (sticky?.kind === 'cookie') {
      const names = split.parts.map(({ pool }) => pool);
      this.#cookies = new CookieBonds({ ...sticky, secret: env.bonds.secret, scope: `split ${route.name}`, names });
    }
  }

  /** @param outgoing what servers get: the cookie is taken out. */
  choose(exchange: Exchange, outgoing: Headers): Pool {
    const list = this.#now();
    if (this.#cookies !== undefined) return this.#byCookie(exchange, outgoing, { list, cookies: this.#cookies });
    const key = this.#keyOf?.(exchange);
    if (key === undefined) return this.#byTurn(exchange, list);
    const part = list[shareOfKey(list, key)]!;
    const { sticky } = this.plan;
    this.#note(exchange, part, sticky?.kind === 'hash' ? `by ${keyText(sticky.of)}` : '');
    return part.pool;
  }

  #byCookie(
    exchange: Exchange,
    outgoing: Headers,
    { list, cookies }: { readonly list: readonly Part[]; readonly cookies: CookieBonds },
  ): Pool {
    const now = Math.floor(this.#clock.date() / 1000);
    const known = cookies.find(exchange, now);
    cookies.hide(outgoing);
    const part = known && list.find(({ name }) => name === known.name);
    if (known !== undefined && part !== undefined) {
      if (cookies.isDue(known, now)) exchange.bond = new SplitCookie(cookies, known, now);
      this.#note(exchange, part, `the cookie ${cookies.name} leads to it`);
      return part.pool;
    }
    const why = known === undefined ? 'leads to no pool' : `leads to ${known.name}, which cannot be used now`;
    exchange.trace?.add('pick', `the cookie ${cookies.name} ${why}`, this.#route);
    const pool = this.#byTurn(exchange, list);
    exchange.bond = new SplitCookie(cookies, { name: pool.plan.name, token: { id: '', begun: now, told: now } }, now);
    return pool;
  }

  #byTurn(exchange: Exchange, list: readonly Part[]): Pool {
    const part = list[this.#turns.next(list, undefined, exchange.dry)]!;
    this.#note(exchange, part, 'it is its turn');
    return part.pool;
  }

  #note({ trace }: Exchange, part: Part, why: string): void {
    if (trace === undefined) return;
    const sum = this.#list.reduce((all, { weight }) => all + weight, 0);
    const share = Math.round((part.weight / sum) * 1000) / 10;
    trace.add('pick', `the pool is ${part.name}: ${why} (weight ${part.weight}, ${share} % of requests)`, this.#route);
  }

  /** The pools that share the requests now: the same list as before, as long as nothing has changed. */
  #now(): readonly Part[] {
    const epoch = this.#rows.split.get(SplitField.epoch);
    let usable = 0;
    for (let i = 0; i < this.#pools.length; i++) if (this.#pools[i]!.usable) usable |= 1 << i;
    if (epoch !== this.#epoch || usable !== this.#usable) {
      this.#epoch = epoch; // Before the weights are read: a change in between is found the next time.
      this.#usable = usable;
      this.#list = this.#find();
    }
    return this.#list;
  }

  #find(): readonly Part[] {
    const parts = this.plan.parts.map(({ pool }, i) => ({
      name: pool,
      weight: this.#rows.parts[i]!.get(PartField.weight) / 1000,
      pool: this.#pools[i]!,
    }));
    const wanted = parts.filter(({ weight }) => weight > 0);
    const usable = this.plan.fallback ? wanted.filter(({ pool }) => pool.usable) : [];
    if (usable.length > 0) return usable;
    // Main never writes only zeros, but while it writes a thread may see them.
    return wanted.length > 0 ? wanted : parts.map((part) => ({ ...part, weight: 1 }));
  }
}

/** Tells a client of its pool. */
class SplitCookie implements Bond {
  readonly to = undefined;
  readonly #cookies: CookieBonds;
  readonly #known: CookieBond;
  readonly #now: number;

  constructor(cookies: CookieBonds, known: CookieBond, now: number) {
    this.#cookies = cookies;
    this.#known = known;
    this.#now = now;
  }

  answered(headers: Headers, exchange: Exchange): void {
    const { name, token } = this.#known;
    this.#cookies.tell(headers, exchange, { name, begun: token.begun, now: this.#now });
  }
}
