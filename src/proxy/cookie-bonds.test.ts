import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Headers } from '../core/headers.ts';
import { CookieBonds } from './cookie-bonds.ts';
import type { Exchange } from './exchange.ts';
import type { BondCookiePlan } from './sticky-plan.ts';

const plain: BondCookiePlan = { name: 'srv', path: '/', domain: undefined, sameSite: 'Lax', secret: undefined };
const now = 1_700_000_000;

interface Given {
  readonly cookie?: Partial<BondCookiePlan>;
  readonly maxAge?: number;
  readonly maxIdle?: number;
  readonly names?: readonly string[];
}

function bondsWith({ cookie, maxAge = 0, maxIdle = 0, names = ['a', 'b'] }: Given = {}): CookieBonds {
  const times = { maxAgeMs: maxAge * 1000, maxIdleMs: maxIdle * 1000 };
  return new CookieBonds({
    cookie: { ...plain, ...cookie },
    secret: 'the process',
    scope: 'pool app',
    names,
    ...times,
  });
}

interface Client {
  readonly cookies?: string;
  readonly scheme?: 'http' | 'https';
  readonly trusted?: boolean;
  readonly proto?: string;
}

function exchangeOf({ cookies, scheme = 'http', trusted = false, proto }: Client): Exchange {
  const headers = new Headers();
  if (cookies !== undefined) headers.add('Cookie', cookies);
  if (proto !== undefined) headers.add('X-Forwarded-Proto', proto);
  return { headers, scheme, client: { trusted } } as unknown as Exchange;
}

/** What a client gets. */
function told(bonds: CookieBonds, client: Client, begun = now, at = begun): string {
  const headers = new Headers();
  bonds.tell(headers, exchangeOf(client), { name: 'a', begun, now: at });
  return headers.get('Set-Cookie')!;
}

/** What it sends back. */
function pairOf(setCookie: string): string {
  return setCookie.slice(0, setCookie.indexOf(';'));
}

function nameIn(bonds: CookieBonds, cookies: string, at: number): string | undefined {
  return bonds.find(exchangeOf({ cookies }), at)?.name;
}

test('the attributes are as the plan says; Secure is for clients that came by https', () => {
  assert.match(told(bondsWith(), {}), /^srv=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
  assert.match(told(bondsWith(), { scheme: 'https' }), /; HttpOnly; Secure; SameSite=Lax$/);
  assert.match(told(bondsWith(), { trusted: true, proto: 'https' }), /; Secure; /);
  assert.doesNotMatch(told(bondsWith(), { proto: 'https' }), /Secure/, 'anybody can say so');
  const cookie = { name: 'x', path: '/shop', domain: 'example.com', sameSite: 'None' } as const;
  assert.match(
    told(bondsWith({ cookie }), { scheme: 'https' }),
    /^x=[^;]+; Path=\/shop; Domain=example\.com; HttpOnly; Secure; SameSite=None$/,
  );
  assert.doesNotMatch(told(bondsWith({ cookie }), {}), /SameSite/, 'browsers refuse None without Secure');
});

test('what was told is found again, and nothing else', () => {
  const bonds = bondsWith();
  const pair = pairOf(told(bonds, {}));
  assert.equal(nameIn(bonds, pair, now), 'a');
  assert.equal(nameIn(bonds, `srv=junk; ${pair}`, now), 'a');
  assert.equal(nameIn(bonds, pair.replace('srv=', 'srx='), now), undefined);
  assert.equal(nameIn(bondsWith({ names: ['b'] }), pair, now), undefined, 'it is not there any more');
  assert.equal(nameIn(bondsWith({ cookie: { secret: 'another' } }), pair, now), undefined);
});

test('a bond ends with its age, however much it is used', () => {
  const bonds = bondsWith({ maxAge: 100, maxIdle: 50 });
  const pair = pairOf(told(bonds, {}, now, now + 90));
  assert.equal(nameIn(bonds, pair, now + 100), 'a');
  assert.equal(nameIn(bonds, pair, now + 101), undefined);
});

test('a bond ends when it was idle too long, and is told anew before', () => {
  const bonds = bondsWith({ maxIdle: 80 });
  const pair = pairOf(told(bonds, {}));
  assert.equal(nameIn(bonds, pair, now + 80), 'a');
  assert.equal(nameIn(bonds, pair, now + 81), undefined);
  const bond = bonds.find(exchangeOf({ cookies: pair }), now)!;
  assert.equal(bonds.isDue(bond, now + 9), false);
  assert.equal(bonds.isDue(bond, now + 10), true);
  assert.equal(bondsWith().isDue(bond, now + 1_000_000), false, 'without an end there is nothing to tell');
});

test('the clock of another machine may be ahead', () => {
  const bonds = bondsWith({ maxAge: 10, maxIdle: 10 });
  assert.equal(nameIn(bonds, pairOf(told(bonds, {}, now + 500)), now), 'a');
});

test('an answer with the cookie is for no shared cache', () => {
  const headers = new Headers();
  headers.add('Cache-Control', 'public, max-age=60');
  bondsWith().tell(headers, exchangeOf({}), { name: 'a', begun: now, now });
  assert.equal(headers.get('Cache-Control'), 'private, max-age=60');
});
