import { BondTokens, type BondToken } from '../core/bond-tokens.ts';
import type { Headers } from '../core/headers.ts';
import { cookieValues, removeCookie } from '../wire/cookie-field.ts';
import { makePrivate } from '../wire/make-private.ts';
import type { Exchange } from './exchange.ts';
import type { BondCookiePlan, BondTimes } from './sticky-plan.ts';
import { cameByHttps } from './transport.ts';

/** A client hears of its bond anew when this part of the longest silence has gone by. */
const tellAfter = 1 / 8;

/** What cookies of bonds are made of. */
export interface CookieBondsParts extends BondTimes {
  readonly cookie: BondCookiePlan;
  /** Of the process, for a cookie without one of its own. */
  readonly secret: string;
  /** What the bonds are of; they mean nothing in another scope. */
  readonly scope: string;
  /** What clients can be bound to. */
  readonly names: readonly string[];
}

/** What a client is bound to, by its cookie. */
export interface CookieBond {
  readonly name: string;
  readonly token: BondToken;
}

/**
 * Bonds by a cookie that is set here: signed, opaque, and never seen by a server.
 *
 * A cookie that is forged, too old, or of something that is not there any more counts as none, and nothing tells its sender which.
 */
export class CookieBonds {
  readonly name: string;
  readonly #tokens: BondTokens;
  readonly #maxAge: number;
  readonly #maxIdle: number;
  readonly #names: ReadonlyMap<string, string>;
  readonly #attributes: string;
  readonly #sameSite: BondCookiePlan['sameSite'];

  constructor({ cookie, secret, scope, names, maxAgeMs, maxIdleMs }: CookieBondsParts) {
    this.name = cookie.name;
    this.#tokens = new BondTokens(cookie.secret ?? secret, scope);
    this.#maxAge = maxAgeMs / 1000;
    this.#maxIdle = maxIdleMs / 1000;
    this.#names = new Map(names.map((name) => [this.#tokens.idOf(name), name]));
    this.#attributes = `; Path=${cookie.path}${cookie.domain === undefined ? '' : `; Domain=${cookie.domain}`}; HttpOnly`;
    this.#sameSite = cookie.sameSite;
  }

  /** The first of the client's cookies that counts. @param now in seconds since 1970. */
  find({ headers }: Exchange, now: number): CookieBond | undefined {
    for (const text of cookieValues(headers, this.name)) {
      const token = this.#tokens.read(text);
      if (token === undefined || this.#isOver(token, now)) continue;
      const name = this.#names.get(token.id);
      if (name !== undefined) return { name, token };
    }
    return undefined;
  }

  /** Takes the cookie out of what a server gets. */
  hide(headers: Headers): void {
    removeCookie(headers, this.name);
  }

  /** It has been so long since the client was told of its bond that it would soon count as idle. */
  isDue({ token }: CookieBond, now: number): boolean {
    return this.#maxIdle > 0 && now - token.told >= Math.max(1, this.#maxIdle * tellAfter);
  }

  /** Adds the cookie to an answer, which no shared cache may keep then. @param begun when the bond began, in seconds. */
  tell(
    headers: Headers,
    exchange: Exchange,
    bond: { readonly name: string; readonly begun: number; readonly now: number },
  ): void {
    const { name, begun, now } = bond;
    const value = this.#tokens.write({ id: this.#tokens.idOf(name), begun, told: now });
    const secure = cameByHttps(exchange);
    // Browsers refuse "None" without "Secure".
    const sameSite = this.#sameSite === 'None' && !secure ? '' : `; SameSite=${this.#sameSite}`;
    headers.add('Set-Cookie', `${this.name}=${value}${this.#attributes}${secure ? '; Secure' : ''}${sameSite}`);
    makePrivate(headers);
  }

  /** A time to come is another machine's clock, and as good as now. */
  #isOver({ begun, told }: BondToken, now: number): boolean {
    return (this.#maxAge > 0 && now - begun > this.#maxAge) || (this.#maxIdle > 0 && now - told > this.#maxIdle);
  }
}
