import assert from 'node:assert/strict';
import { test } from 'node:test';

import { planOf } from '../../../../test/harness/plan-of.ts';
import { Headers } from '../../../core/headers.ts';
import type { SharedRow } from '../../../core/shared/shared-rows.ts';
import { Trace } from '../../../core/trace.ts';
import { allocateBonds, bondEnvOf } from '../../bond-env.ts';
import type { Exchange } from '../../exchange.ts';
import type { PoolPlan } from '../../pool-plan.ts';
import { rowsAlone, rowsOfPool } from '../../pool-rows.ts';
import { readState, writeState, type ServerState } from '../../server-state.ts';
import type { StickyPlan } from '../../sticky-plan.ts';
import { StickyServers } from './sticky-servers.ts';

interface TestServer {
  readonly name: string;
  readonly row: SharedRow;
}

const cookie = { name: 'srv', path: '/', domain: undefined, sameSite: 'Lax', secret: undefined } as const;
const noEnd = { maxAgeMs: 0, maxIdleMs: 0 };

/** A pool of two servers, `p-0` and `p-1`, and the clock that it goes by. */
class Place {
  readonly servers: readonly TestServer[];
  readonly sticky: StickyServers<TestServer>;
  readonly plan: PoolPlan;
  seconds = 1_700_000_000;
  readonly #env = { clock: { date: () => this.seconds * 1000 }, bonds: bondEnvOf(allocateBonds('secret')) };

  constructor(sticky: StickyPlan) {
    const at = { kind: 'tcp', host: '127.0.0.1', port: 1 } as const;
    const [plan] = planOf({ pools: { p: { servers: [at, { ...at, port: 2 }], sticky } } }, 'log').pools;
    this.plan = plan!;
    const rows = rowsOfPool(rowsAlone({ pools: [this.plan] }), 'p', 0)!;
    this.servers = this.plan.servers.map(({ name }, i) => ({ name, row: rows.servers[i]! }));
    this.sticky = new StickyServers({ plan: this.plan, sticky, servers: this.servers, env: this.#env });
  }

  /** One request that goes to this server, unless its client is bound to another. @returns where it went, and what the client got. */
  request(
    fields: readonly (readonly [string, string])[],
    otherwise = 0,
    set?: string,
  ): { to: string; headers: Headers } {
    const exchange = exchangeOf(fields);
    this.sticky.begin(exchange, exchange.headers);
    const server = this.sticky.choose(exchange, this.servers, undefined) ?? this.servers[otherwise]!;
    const headers = new Headers();
    if (set !== undefined) headers.add('Set-Cookie', set);
    const plan = this.plan.servers.find(({ name }) => name === server.name)!;
    exchange.bond?.answered(headers, exchange, plan);
    return { to: server.name, headers };
  }

  change(server: number, parts: Partial<ServerState>): void {
    const { row } = this.servers[server]!;
    writeState(row, { ...readState(row), ...parts });
  }
}

function exchangeOf(fields: readonly (readonly [string, string])[]): Exchange {
  const headers = new Headers();
  for (const [name, value] of fields) headers.add(name, value);
  const client = { trusted: false };
  return {
    headers,
    client,
    scheme: 'http',
    dry: false,
    clientAddress: '2001:db8::1',
    bond: undefined,
  } as unknown as Exchange;
}

function cookieOf(headers: Headers): readonly (readonly [string, string])[] {
  const [pair] = headers.get('Set-Cookie')!.split(';');
  return [['Cookie', pair!]];
}

test('a bound client goes to its server unless that was tried, is down, in maintenance or ejected', () => {
  const place = new Place({ by: { kind: 'cookie', cookie }, ...noEnd });
  const bound = cookieOf(place.request([], 1).headers);
  const choose = (tried?: ReadonlySet<TestServer>, usable = place.servers): string | undefined => {
    const exchange = exchangeOf(bound);
    exchange.trace = new Trace();
    place.sticky.begin(exchange, exchange.headers);
    const { name } = place.sticky.choose(exchange, usable, tried) ?? {};
    const { what } = exchange.trace.notes.at(-1)!;
    return name ?? what;
  };
  assert.equal(choose(), 'p-1');
  assert.match(choose(new Set([place.servers[1]!]))!, /but it was tried/);
  for (const [parts, outcome] of [
    [{ operator: 'drain' }, /^p-1$/],
    [{ weight: 0 }, /^p-1$/],
    [{ operator: 'maint' }, /it is in maintenance/],
    [{ health: 'down' }, /it is down/],
    [{ ejected: true }, /taken out for a while/],
  ] as const) {
    const before = readState(place.servers[1]!.row);
    place.change(1, parts);
    assert.match(choose(undefined, [place.servers[0]!])!, outcome);
    place.change(1, before);
  }
  place.change(1, { health: 'down' });
  assert.equal(choose(), 'p-1', 'in panic what checks say does not count');
});

test('the cookie is set once, and anew when the client had to move', () => {
  const place = new Place({ by: { kind: 'cookie', cookie }, ...noEnd });
  const bound = cookieOf(place.request([], 1).headers);
  assert.equal(place.request(bound).headers.has('Set-Cookie'), false);
  place.change(1, { operator: 'maint' });
  const moved = place.request(bound, 0);
  assert.equal(moved.to, 'p-0');
  place.change(1, { operator: 'ready' });
  assert.equal(place.request(cookieOf(moved.headers), 1).to, 'p-0');
});

test('a cookie whose bond may become idle is told anew, and begins where it began', () => {
  const place = new Place({ by: { kind: 'cookie', cookie }, maxAgeMs: 100_000, maxIdleMs: 40_000 });
  let bound = cookieOf(place.request([], 1).headers);
  for (let i = 0; i < 3; i++) {
    place.seconds += 30;
    const { to, headers } = place.request(bound);
    assert.equal(to, 'p-1');
    bound = cookieOf(headers);
  }
  place.seconds += 30;
  assert.equal(place.request(bound).to, 'p-0', 'its age is over');
});

test('learn: a session follows whoever answers it, also after its server went away', () => {
  const place = new Place({ by: { kind: 'learn', name: 'SID' }, maxAgeMs: 0, maxIdleMs: 600_000 });
  place.request([], 1, 'SID=abc; Path=/');
  const session = [['Cookie', 'x=1; SID=abc']] as const;
  assert.equal(place.request(session).to, 'p-1');
  place.change(1, { health: 'down' });
  assert.equal(place.sticky.choose(exchangeOf(session), [place.servers[0]!], undefined), undefined);
  const moved = exchangeOf(session);
  place.sticky.begin(moved, moved.headers);
  assert.equal(place.sticky.choose(moved, [place.servers[0]!], undefined), undefined);
  moved.bond!.answered(new Headers(), moved, place.plan.servers[0]!);
  place.change(1, { health: 'up' });
  assert.equal(place.request(session, 1).to, 'p-0', 'it has moved for good');
  assert.equal(moved.headers.get('Cookie'), 'x=1; SID=abc', "it is the server's own");
});

test('learn: a session that nobody has set is bound to nobody, and one that ends is not learnt', () => {
  const place = new Place({ by: { kind: 'learn', name: 'SID' }, maxAgeMs: 0, maxIdleMs: 600_000 });
  place.request([['Cookie', 'SID=made-up']], 1);
  assert.equal(place.request([['Cookie', 'SID=made-up']], 0).to, 'p-0');
  place.request([], 1, 'SID=; Max-Age=0');
  assert.equal(place.request([['Cookie', 'SID=']], 0).to, 'p-0');
});

test('bonds by a key end when they are idle or old, and begin anew', () => {
  const place = new Place({ by: { kind: 'header', name: 'x-id' }, maxAgeMs: 100_000, maxIdleMs: 40_000 });
  const fields = [['X-Id', '7']] as const;
  assert.equal(place.request(fields, 1).to, 'p-1');
  place.seconds += 41;
  assert.equal(place.request(fields, 0).to, 'p-0', 'idle');
  for (let i = 0; i < 3; i++) {
    place.seconds += 33;
    assert.equal(place.request(fields, 1).to, 'p-0');
  }
  place.seconds += 2;
  assert.equal(place.request(fields, 1).to, 'p-1', 'old');
  assert.equal(place.request(fields, 0).to, 'p-1');
});

test('addresses are bound by their network, and a dry exchange binds nobody', () => {
  const place = new Place({ by: { kind: 'client-address', ipv6Prefix: 64 }, maxAgeMs: 0, maxIdleMs: 600_000 });
  const dry = { ...exchangeOf([]), dry: true };
  place.sticky.begin(dry, dry.headers);
  assert.equal(place.sticky.choose(dry, place.servers, undefined), undefined);
  assert.equal(place.request([], 1).to, 'p-1');
  const neighbour = { ...exchangeOf([]), clientAddress: '2001:db8::ffff' };
  place.sticky.begin(neighbour, neighbour.headers);
  assert.equal(place.sticky.choose(neighbour, place.servers, undefined)?.name, 'p-1');
  const other = { ...exchangeOf([]), clientAddress: '2001:db8:0:1::1' };
  place.sticky.begin(other, other.headers);
  assert.equal(place.sticky.choose(other, place.servers, undefined), undefined);
});
