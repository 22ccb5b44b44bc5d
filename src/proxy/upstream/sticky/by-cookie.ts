import type { Clock } from '../../../core/clock.ts';
import type { Headers } from '../../../core/headers.ts';
import type { CookieBond, CookieBonds } from '../../cookie-bonds.ts';
import type { Bond, Exchange } from '../../exchange.ts';
import type { ServerPlan } from '../../pool-plan.ts';
import type { StickyWay } from './sticky-way.ts';

/** Clients stay by a cookie that is set here. */
export class ByCookie implements StickyWay {
  readonly what: string;
  readonly #bonds: CookieBonds;
  readonly #clock: Pick<Clock, 'date'>;

  constructor(bonds: CookieBonds, clock: Pick<Clock, 'date'>) {
    this.#bonds = bonds;
    this.#clock = clock;
    this.what = `the cookie ${bonds.name}`;
  }

  bondOf(exchange: Exchange, outgoing: Headers): Bond {
    const now = Math.floor(this.#clock.date() / 1000);
    const known = this.#bonds.find(exchange, now);
    this.#bonds.hide(outgoing);
    return new OwnCookie(this.#bonds, { known, now, outer: exchange.bond });
  }
}

class OwnCookie implements Bond {
  readonly #bonds: CookieBonds;
  readonly #known: CookieBond | undefined;
  readonly #now: number;
  readonly #outer: Bond | undefined;

  constructor(bonds: CookieBonds, given: { known: CookieBond | undefined; now: number; outer: Bond | undefined }) {
    this.#bonds = bonds;
    this.#known = given.known;
    this.#now = given.now;
    this.#outer = given.outer;
  }

  get to(): string | undefined {
    return this.#known?.name;
  }

  answered(headers: Headers, exchange: Exchange, server: ServerPlan): void {
    this.#outer?.answered(headers, exchange, server);
    const [known, now] = [this.#known, this.#now];
    const { name } = server;
    if (known?.name !== name) this.#bonds.tell(headers, exchange, { name, begun: now, now });
    else if (this.#bonds.isDue(known, now)) {
      this.#bonds.tell(headers, exchange, { name, begun: known.token.begun, now });
    }
  }
}
