import { plainRoute } from '../plan.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { HostMatch, PathMatch, RoutePlan } from '../plan.ts';
import { Router } from './router.ts';

interface Given {
  readonly hosts?: readonly HostMatch[];
  readonly path?: PathMatch;
  readonly listeners?: readonly string[] | undefined;
}

function routeOf(name: string, given: Given): RoutePlan {
  return {
    name,
    hosts: given.hosts ?? [{ kind: 'any' }],
    path: given.path ?? { kind: 'prefix', path: '/' },
    listeners: given.listeners,
    pool: 'pool',
    replacePrefix: undefined,
    ...plainRoute,
    hostHeader: { kind: 'preserve' },
    upgrade: [],
  };
}

const exactHost = (host: string): HostMatch => ({ kind: 'exact', host });
const wildcard = (suffix: string): HostMatch => ({ kind: 'wildcard', suffix });
const exact = (path: string): PathMatch => ({ kind: 'exact', path });
const folder = (path: string): PathMatch => ({ kind: 'folder', path });
const prefix = (path: string): PathMatch => ({ kind: 'prefix', path });

/** The names that one host's routes, given by their paths, answer to each path with. */
function onPaths(paths: readonly PathMatch[]): (path: string) => string | undefined {
  const router = new Router(paths.map((path) => routeOf(`${path.kind} ${path.path}`, { path })));
  return (path) => router.find('any', 'example.com', path)?.name;
}

test('find() prefers the exact host to the wildcard to any host', () => {
  const router = new Router([
    routeOf('any', {}),
    routeOf('wildcard', { hosts: [wildcard('example.com')] }),
    routeOf('exact', { hosts: [exactHost('www.example.com'), exactHost('example.org')] }),
  ]);
  const find = (host: string): string | undefined => router.find('web', host, '/')?.name;
  assert.equal(find('www.example.com'), 'exact');
  assert.equal(find('example.org'), 'exact');
  assert.equal(find('api.example.com'), 'wildcard');
  assert.equal(find('example.com'), 'any');
  assert.equal(find('a.b.example.com'), 'any');
  assert.equal(find('.example.com'), 'any');
  assert.equal(find('badexample.com'), 'any');
  assert.equal(find(''), 'any');
  assert.equal(find('2001:db8::1'), 'any');
});

test('find() answers undefined where nothing fits', () => {
  const router = new Router([routeOf('one', { hosts: [exactHost('example.com')], path: prefix('/a') })]);
  assert.equal(router.find('web', 'example.com', '/b'), undefined);
  assert.equal(router.find('web', 'other.example.com', '/a'), undefined);
  assert.equal(router.find('web', '', '/a'), undefined);
  assert.equal(router.find('web', 'example.com', ''), undefined);
  assert.equal(router.find('web', 'example.com', 'a'), undefined);
  assert.equal(new Router([]).find('web', 'example.com', '/'), undefined);
});

test('find() is not led astray by names that objects inherit', () => {
  const router = new Router([routeOf('one', { hosts: [exactHost('example.com')], path: prefix('/a') })]);
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.equal(router.find(name, name, `/${name}`), undefined);
    assert.equal(router.find('web', `${name}.example.com`, `/a/${name}`), undefined);
    assert.equal(router.find(name, 'example.com', `/a/${name}/${name}`)?.name, 'one');
  }
});

test('find() goes on to the next host where the best one has no such path', () => {
  const router = new Router([
    routeOf('exact', { hosts: [exactHost('www.example.com')], path: prefix('/a') }),
    routeOf('wildcard', { hosts: [wildcard('example.com')], path: prefix('/b') }),
    routeOf('any', { path: exact('/c') }),
  ]);
  assert.equal(router.find('web', 'www.example.com', '/a/x')?.name, 'exact');
  assert.equal(router.find('web', 'www.example.com', '/b')?.name, 'wildcard');
  assert.equal(router.find('web', 'www.example.com', '/c')?.name, 'any');
  assert.equal(router.find('web', 'www.example.com', '/c/d'), undefined);
});

test('a prefix goes by whole segments', () => {
  const find = onPaths([prefix('/api')]);
  for (const path of ['/api', '/api/', '/api/x', '/api/x/y/', '/api//x']) assert.equal(find(path), 'prefix /api', path);
  for (const path of ['/apix', '/ap', '/', '/Api', '/x/api', '//api', '/api%2Fx'])
    assert.equal(find(path), undefined, path);
});

test('a folder is for itself and what is below it, not for its name without the slash', () => {
  const find = onPaths([folder('/api/')]);
  for (const path of ['/api/', '/api/x', '/api/x/y']) assert.equal(find(path), 'folder /api/', path);
  for (const path of ['/api', '/apix', '/', '/api%2F']) assert.equal(find(path), undefined, path);
});

test('of a folder and a prefix for the same segments the folder has what is below, the prefix the path itself', () => {
  for (const paths of [
    [folder('/api/'), prefix('/api')],
    [prefix('/api'), folder('/api/')],
  ]) {
    const find = onPaths(paths);
    assert.equal(find('/api'), 'prefix /api');
    assert.equal(find('/api/'), 'folder /api/');
    assert.equal(find('/api/x'), 'folder /api/');
  }
});

test('an exact path wins over all, then the longest', () => {
  const find = onPaths([prefix('/'), prefix('/a'), folder('/a/b/'), prefix('/a/b/c/d'), exact('/a/b/c'), exact('/a/')]);
  assert.equal(find('/'), 'prefix /');
  assert.equal(find('/x'), 'prefix /');
  assert.equal(find('/a'), 'prefix /a');
  assert.equal(find('/a/'), 'exact /a/');
  assert.equal(find('/a/b'), 'prefix /a');
  assert.equal(find('/a/b/'), 'folder /a/b/');
  assert.equal(find('/a/b/c'), 'exact /a/b/c');
  assert.equal(find('/a/b/c/'), 'folder /a/b/');
  assert.equal(find('/a/b/c/dd'), 'folder /a/b/');
  assert.equal(find('/a/b/c/d/e/f/g'), 'prefix /a/b/c/d');
});

test('the path * finds only a route for /', () => {
  assert.equal(onPaths([prefix('/a'), exact('/b'), folder('/c/')])('*'), undefined);
  assert.equal(onPaths([prefix('/')])('*'), 'prefix /');
  assert.equal(onPaths([prefix('/'), folder('/')])('*'), 'folder /');
  assert.equal(onPaths([prefix('/'), folder('/'), exact('/')])('*'), 'exact /');
  assert.equal(onPaths([exact('/'), prefix('/')])('*'), 'exact /');
});

test('a route that names listeners is reachable through these only', () => {
  const router = new Router([
    routeOf('both', { path: prefix('/both') }),
    routeOf('inside', { listeners: ['inside', 'admin'], path: prefix('/') }),
    routeOf('outside', { listeners: ['outside'], path: prefix('/') }),
    routeOf('none', { listeners: [], path: prefix('/none') }),
  ]);
  assert.equal(router.find('inside', 'h', '/')?.name, 'inside');
  assert.equal(router.find('admin', 'h', '/')?.name, 'inside');
  assert.equal(router.find('outside', 'h', '/')?.name, 'outside');
  assert.equal(router.find('other', 'h', '/'), undefined);
  assert.equal(router.find('other', 'h', '/none'), undefined);
  for (const name of ['inside', 'outside', 'other']) assert.equal(router.find(name, 'h', '/both/x')?.name, 'both');
});

test('of equal routes the first wins, whatever kind they are', () => {
  for (const path of [exact('/a'), folder('/a/'), prefix('/a')]) {
    const router = new Router([routeOf('first', { path }), routeOf('second', { path })]);
    assert.equal(router.find('web', 'h', path.path)?.name, 'first');
  }
});

test('a path of millions of segments costs no more than reading it', () => {
  const find = onPaths([prefix('/a/a/a')]);
  // At the square of its length this would take hours.
  assert.equal(find('/a'.repeat(4_000_000)), 'prefix /a/a/a');
  assert.equal(find('/b'.repeat(4_000_000)), undefined);
});

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
function pathRank(match: PathMatch, path: string): number {
  if (path === '*') return match.path === '/' ? { exact: 3, folder: 2, prefix: 1 }[match.kind] : 0;
  if (match.kind === 'exact') return match.path === path ? Infinity : 0;
  const depth = segmentsOf(match.path).length;
  const base = match.path.endsWith('/') ? match.path : `${match.path}/`;
  if (path.startsWith(base)) return depth * 2 + (match.kind === 'folder' ? 2 : 1);
  return match.kind === 'prefix' && path === match.path ? depth * 2 + 1 : 0;
}

function oracle(routes: readonly RoutePlan[], listener: string, host: string, path: string): string | undefined {
  let best: { name: string; rank: readonly [number, number] } | undefined;
  for (const route of routes) {
    if (route.listeners !== undefined && !route.listeners.includes(listener)) continue;
    const rank = [Math.max(0, ...route.hosts.map((h) => hostRank(h, host))), pathRank(route.path, path)] as const;
    if (rank[0] === 0 || rank[1] === 0) continue;
    if (best && (best.rank[0] > rank[0] || (best.rank[0] === rank[0] && best.rank[1] >= rank[1]))) continue;
    best = { name: route.name, rank };
  }
  return best?.name;
}

const label = fc.constantFrom('a', 'b', 'c');
const hostName = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));
const hostMatch = fc.oneof(
  fc.constant<HostMatch>({ kind: 'any' }),
  hostName.map((host): HostMatch => ({ kind: 'exact', host })),
  hostName.map((suffix): HostMatch => ({ kind: 'wildcard', suffix })),
);
const segments = fc.array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 4 });
const bare = segments.map((parts) => `/${parts.join('/')}`);
const slashed = segments.map((parts) => (parts.length === 0 ? '/' : `/${parts.join('/')}/`));
const pathMatch = fc.oneof(
  fc.oneof(bare, slashed).map((path): PathMatch => ({ kind: 'exact', path })),
  slashed.map((path): PathMatch => ({ kind: 'folder', path })),
  bare.map((path): PathMatch => ({ kind: 'prefix', path })),
);
const listener = fc.constantFrom('one', 'two', 'three');
const routes = fc
  .array(
    fc.record({
      hosts: fc.array(hostMatch, { minLength: 1, maxLength: 3 }),
      path: pathMatch,
      listeners: fc.option(fc.array(listener, { maxLength: 2 }), { nil: undefined, freq: 3 }),
    }),
    { maxLength: 12 },
  )
  .map((list) => list.map((given, i) => routeOf(`route ${i}`, given)));
const asked = fc.oneof(
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
      fc.array(asked, { minLength: 1, maxLength: 20 }),
      (list, name, host, paths) => {
        const router = new Router(list);
        for (const path of paths) {
          assert.equal(router.find(name, host, path)?.name, oracle(list, name, host, path), `${host} ${path}`);
        }
      },
    ),
    { numRuns: 500 },
  );
});
