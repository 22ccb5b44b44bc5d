import type { Clock } from '../../../core/clock.ts';
import type { Headers } from '../../../core/headers.ts';
import { networkKey } from '../../../core/ip.ts';
import { KeyedHash } from '../../../core/shared/keyed-hash.ts';
import type { FoundBond, SharedBonds } from '../../../core/shared/shared-bonds.ts';
import { cookieValues, valueSet } from '../../../wire/cookie-field.ts';
import type { Bond, Exchange } from '../../exchange.ts';
import type { PoolPlan, ServerPlan } from '../../pool-plan.ts';
import type { StickyPlan } from '../../sticky-plan.ts';
import type { StickyWay } from './sticky-way.ts';

/** The same in every process: these numbers go no further than its memory, but a reload must find them again. */
const numberKey = [0x706f_7374, 0x6572_6e21] as const;

/** What clients are known by, other than by a cookie of ours. */
type KeyPlan = Exclude<StickyPlan['by'], { kind: 'cookie' }>;

/** What bonds by a key need. */
export interface ByKeyParts {
  readonly by: KeyPlan;
  readonly plan: Pick<PoolPlan, 'name' | 'servers'>;
  readonly times: Pick<StickyPlan, 'maxAgeMs' | 'maxIdleMs'>;
  readonly known: SharedBonds;
  readonly clock: Pick<Clock, 'date'>;
}

/**
 * Clients stay by something that they have anyway: a cookie of the servers, a field, their address. What is bound to which server
 * stands in a table that all threads share.
 *
 * A cookie of the servers is bound when an answer sets it: what a client makes up by itself takes no room. Fields and addresses are
 * bound by their first request.
 */
export class ByKey implements StickyWay {
  readonly what: string;
  readonly #by: KeyPlan;
  readonly #scope: string;
  readonly #known: SharedBonds;
  readonly #clock: Pick<Clock, 'date'>;
  readonly #maxAge: number;
  readonly #maxIdle: number;
  readonly #names: Map<number, string> = new Map();
  readonly #numbers: Map<string, number> = new Map();

  constructor({ by, plan, times, known, clock }: ByKeyParts) {
    this.#by = by;
    this.#scope = `${plan.name} ${by.kind} `;
    this.#known = known;
    this.#clock = clock;
    this.#maxAge = times.maxAgeMs / 1000;
    this.#maxIdle = times.maxIdleMs / 1000;
    this.what = wordsFor(by);
    const hash = new KeyedHash(numberKey);
    for (const { name } of plan.servers) {
      let number = hash.of(name).low;
      while (this.#names.has(number)) number = (number + 1) | 0;
      this.#names.set(number, name);
      this.#numbers.set(name, number);
    }
  }

  bondOf(exchange: Exchange): Bond | undefined {
    const key = this.#keyOf(exchange);
    if (key === undefined && this.#by.kind !== 'learn') return exchange.bond;
    const found = key === undefined ? undefined : this.#known.find(this.#scope + key, this.#now(), !exchange.dry);
    const to = found && !this.#isOver(found) ? this.#names.get(found.to) : undefined;
    return new KeyBond(this, { key, to, known: found !== undefined, outer: exchange.bond });
  }

  /** A client is with this server now. @param key what it has sent. @param known it was bound before, maybe to another server. */
  bind(headers: Headers, server: string, { key, known }: { key: string | undefined; known: boolean }): void {
    const set = this.#by.kind === 'learn' ? valueSet(headers, this.#by.name) : undefined;
    const now = this.#now();
    const number = this.#numbers.get(server);
    if (number === undefined) return;
    if (set !== undefined && set !== '') this.#known.put(this.#scope + set, number, now);
    else if (key !== undefined && (known || this.#by.kind !== 'learn')) this.#known.put(this.#scope + key, number, now);
  }

  #keyOf({ headers, clientAddress }: Exchange): string | undefined {
    const by = this.#by;
    switch (by.kind) {
      case 'learn':
        return cookieValues(headers, by.name)[0] || undefined;
      case 'header':
        return headers.get(by.name) || undefined;
      case 'client-address':
        return networkKey(clientAddress, by.ipv6Prefix);
      default:
        return by satisfies never;
    }
  }

  #now(): number {
    return Math.floor(this.#clock.date() / 1000) | 0;
  }

  #isOver({ begun, used }: FoundBond): boolean {
    const now = this.#now();
    const age = (now - begun) | 0;
    const idle = (now - used) | 0;
    return (this.#maxAge > 0 && age > this.#maxAge) || (this.#maxIdle > 0 && idle > this.#maxIdle);
  }
}

interface KeyBondParts {
  readonly key: string | undefined;
  readonly to: string | undefined;
  readonly known: boolean;
  readonly outer: Bond | undefined;
}

class KeyBond implements Bond {
  readonly to: string | undefined;
  readonly #way: ByKey;
  readonly #key: string | undefined;
  readonly #known: boolean;
  readonly #outer: Bond | undefined;

  constructor(way: ByKey, { key, to, known, outer }: KeyBondParts) {
    this.#way = way;
    this.#key = key;
    this.to = to;
    this.#known = known;
    this.#outer = outer;
  }

  answered(headers: Headers, exchange: Exchange, server: ServerPlan): void {
    this.#outer?.answered(headers, exchange, server);
    const { name } = server;
    // Where it is bound already there is nothing to say, but for a new session.
    this.#way.bind(headers, name, { key: this.to === name ? undefined : this.#key, known: this.#known });
  }
}

function wordsFor(by: KeyPlan): string {
  switch (by.kind) {
    case 'learn':
      return `the session in ${by.name}`;
    case 'header':
      return `the field ${by.name}`;
    case 'client-address':
      return 'the address of the client';
    default:
      return by satisfies never;
  }
}
