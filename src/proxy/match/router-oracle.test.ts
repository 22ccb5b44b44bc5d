import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { atOnce } from '../../core/piecework.ts';
import type { HostMatch, PathMatch, RoutePlan } from '../plan.ts';
import { changedHosts } from './changed-hosts.ts';
import { asking, method, pathText, regex, routeOf, type Given } from './fixtures.test.ts';
import type { RequestView } from './request-view.ts';
import { Router } from './router.ts';

// The oracle: every route is asked, and the best by the documented order is kept.

function hostRank(match: HostMatch, host: string): number {
  if (match.kind === 'any') return 1;
  if (match.kind === 'exact') return match.host === host ? 3 : 0;
  const [first, ...others] = host.split('.');
  return first !== '' && others.length > 0 && others.join('.') === match.suffix ? 2 : 0;
}

function segmentsOf(path: string): string[] {
  return path === '/' ? [] : path.replace(/\/$/, '').slice(1).split('/');
}

/** 0: no match. Else the larger the better. */
function pathRank(route: RoutePlan, asked: string): number {
  const { path: match, ignoreCase } = route;
  if (match.kind === 'regex') {
    return asked !== '*' && new RegExp(match.pattern, ignoreCase ? 'i' : '').test(asked) ? 1e6 : 0;
  }
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  return plainRank(match.kind, fold(match.path), fold(asked));
}

function plainRank(kind: 'exact' | 'folder' | 'prefix', own: string, path: string): number {
  if (path === '*') return own === '/' ? { exact: 3, folder: 2, prefix: 1 }[kind] : 0;
  if (kind === 'exact') return own === path ? 1e7 : 0;
  const depth = segmentsOf(own).length;
  const base = own.endsWith('/') ? own : `${own}/`;
  if (path.startsWith(base)) return depth * 2 + (kind === 'folder' ? 2 : 1);
  return kind === 'prefix' && path === own ? depth * 2 + 1 : 0;
}

function isAsked({ listeners, when }: RoutePlan, request: RequestView): boolean {
  if (listeners !== undefined && !listeners.includes(request.client.listener)) return false;
  return when === undefined || (when.kind === 'method' && when.methods.includes(request.method));
}

/** The larger the better, the first number first; undefined: it does not match. */
function rankOf(route: RoutePlan, request: RequestView): readonly number[] | undefined {
  const host = Math.max(0, ...route.hosts.map((each) => hostRank(each, request.host)));
  const path = pathRank(route, request.target.path);
  if (host === 0 || path === 0 || !isAsked(route, request)) return undefined;
  const byOrder = route.path.kind === 'regex';
  const strict = byOrder || !route.ignoreCase || !/[a-z]/i.test(pathText(route.path));
  return [route.priority, host, path, Number(strict), Number(!byOrder && route.when !== undefined)];
}

function oracle(routes: readonly RoutePlan[], request: RequestView): string | undefined {
  let best: { name: string; rank: readonly number[] } | undefined;
  for (const route of routes) {
    const rank = rankOf(route, request);
    if (rank !== undefined && (best === undefined || isBetter(rank, best.rank))) best = { name: route.name, rank };
  }
  return best?.name;
}

function isBetter(rank: readonly number[], other: readonly number[]): boolean {
  const at = rank.findIndex((each, i) => each !== other[i]);
  return at >= 0 && rank[at]! > other[at]!;
}

const label = fc.constantFrom('a', 'b', 'c');
const hostName = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));
const hostMatch = fc.oneof(
  fc.constant<HostMatch>({ kind: 'any' }),
  hostName.map((host): HostMatch => ({ kind: 'exact', host })),
  hostName.map((suffix): HostMatch => ({ kind: 'wildcard', suffix })),
);
const segments = fc.array(fc.constantFrom('a', 'b', 'ab', 'A'), { maxLength: 4 });
const bare = segments.map((parts) => `/${parts.join('/')}`);
const slashed = segments.map((parts) => (parts.length === 0 ? '/' : `/${parts.join('/')}/`));
const pattern = fc.constantFrom('^/a', 'b$', '^/[ab]/?$', 'a/b', '^/(a|ab)/');
const plainPath = fc.oneof(
  fc.oneof(bare, slashed).map((path): PathMatch => ({ kind: 'exact', path })),
  slashed.map((path): PathMatch => ({ kind: 'folder', path })),
  bare.map((path): PathMatch => ({ kind: 'prefix', path })),
);
const verb = fc.constantFrom('GET', 'POST', 'PUT');
const listener = fc.constantFrom('one', 'two', 'three');
const hosts = fc.array(hostMatch, { minLength: 1, maxLength: 3 });
const some = fc.option(fc.array(listener, { maxLength: 2 }), { nil: undefined, freq: 3 });
const plainRoutes = fc.record({ hosts, path: plainPath, listeners: some });
// Few hosts and paths: most routes compete with others.
const closeParts = fc.array(fc.constantFrom('a', 'A', 'b'), { maxLength: 2 });
const closeBare = closeParts.map((parts) => `/${parts.join('/')}`);
const closeSlashed = closeBare.map((path) => (path === '/' ? path : `${path}/`));
const closePath = fc.oneof(
  closeBare.map((path): PathMatch => ({ kind: 'exact', path })),
  closeSlashed.map((path): PathMatch => ({ kind: 'folder', path })),
  closeBare.map((path): PathMatch => ({ kind: 'prefix', path })),
  pattern.map(regex),
);
const askingRoutes = fc.record({
  hosts: fc.array(fc.oneof(fc.constant<HostMatch>({ kind: 'any' }), hostMatch), { minLength: 1, maxLength: 2 }),
  path: closePath,
  listeners: some,
  priority: fc.constantFrom(0, 0, 0, 0, 0, 5, -5),
  ignoreCase: fc.boolean(),
  when: fc.option(
    fc.array(verb, { minLength: 1, maxLength: 2 }).map((methods) => method(...methods)),
    { nil: undefined },
  ),
});

function named(list: readonly Given[]): RoutePlan[] {
  return list.map((given, i) => routeOf(`route ${i}`, given));
}

const routes = fc.oneof(
  fc.array(plainRoutes, { maxLength: 12 }).map(named),
  fc.array(askingRoutes, { maxLength: 30, size: 'large' }).map(named),
);
/** A plan after another: some routes have gone, others are new, and some have changed places. */
const edits = fc.array(
  fc.record({
    at: fc.nat(30),
    what: fc.constantFrom('remove', 'add', 'move', 'turn'),
    to: fc.nat(30),
    given: plainRoutes,
  }),
  { maxLength: 4 },
);
type Edit = typeof edits extends fc.Arbitrary<readonly (infer E)[]> ? E : never;

function edited(list: readonly RoutePlan[], all: readonly Edit[]): RoutePlan[] {
  const next = [...list];
  for (const [i, { at, what, to, given }] of all.entries()) {
    const [route] = what === 'add' ? [routeOf(`new ${i}`, given)] : next.splice(at, 1);
    if (route === undefined || what === 'remove') continue;
    if (what === 'turn') next.reverse();
    next.splice(to, 0, route);
  }
  return next;
}

const asked = fc.oneof(
  closeBare,
  closeSlashed,
  bare,
  slashed,
  fc.constant('*'),
  segments.map((parts) => `/${parts.join('//')}`),
);

test('find() agrees with asking every route in turn', () => {
  fc.assert(
    fc.property(
      routes,
      listener,
      hostName,
      fc.array(fc.tuple(asked, verb), { minLength: 1, maxLength: 20 }),
      (list, name, ownHost, requests) => {
        const router = new Router(list);
        for (const [path, ownVerb] of requests) {
          const request = asking(name, ownHost, path, ownVerb);
          assert.equal(router.find(request)?.name, oracle(list, request), `${ownVerb} ${ownHost} ${path}`);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('a router that takes over tables of the one before finds what one made anew finds', () => {
  fc.assert(
    fc.property(
      routes,
      edits,
      hostName,
      fc.array(fc.tuple(asked, verb), { minLength: 1 }),
      (list, all, own, requests) => {
        const before = new Router(list);
        const next = edited(list, all);
        const [taken, anew] = [atOnce(Router.building(next, before)), new Router(next)];
        for (const [path, ownVerb] of requests) {
          for (const name of ['one', 'two', 'none']) {
            const request = asking(name, own, path, ownVerb);
            assert.equal(taken.find(request)?.name, anew.find(request)?.name, `${ownVerb} ${own} ${path}`);
          }
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('a host whose routes are the same keeps its table, and only that', () => {
  const list = named([{ hosts: [{ kind: 'exact', host: 'a' }] }, { hosts: [{ kind: 'exact', host: 'b' }] }]);
  const next = [...named([{ hosts: [{ kind: 'exact', host: 'c' }] }]), ...list];
  assert.deepEqual([...atOnce(changedHosts(list, next))], ['c']);
  assert.deepEqual([...atOnce(changedHosts(list, list.slice(1)))], ['a']);
  assert.deepEqual([...atOnce(changedHosts(list, list.toReversed()))], ['a']);
  assert.deepEqual([...atOnce(changedHosts(list, list))], []);
});
