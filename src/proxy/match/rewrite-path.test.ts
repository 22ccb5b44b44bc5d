import { plainRoute } from '../plan.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PathMatch, RoutePlan } from '../plan.ts';
import { rewritePath } from './rewrite-path.ts';

type Kind = Exclude<PathMatch['kind'], 'regex'>;

function routeOf(kind: Kind, path: string, replacePrefix: string | undefined): RoutePlan {
  return {
    name: 'route',
    hosts: [{ kind: 'any' }],
    path: { kind, path },
    listeners: undefined,
    pool: 'pool',
    replacePrefix,
    ...plainRoute,
    hostHeader: { kind: 'preserve' },
    upgrade: [],
  };
}

/** kind, route's path, replacement, path, what the server sees */
const rows: readonly (readonly [Kind, string, string | undefined, string, string])[] = [
  ['prefix', '/api', undefined, '/api/users', '/api/users'],
  ['prefix', '/api', '/', '/api', '/'],
  ['prefix', '/api', '/', '/api/', '/'],
  ['prefix', '/api', '/', '/api/users', '/users'],
  ['prefix', '/api', '/', '/api/users/', '/users/'],
  ['prefix', '/a', '/v1', '/a', '/v1'],
  ['prefix', '/a', '/v1', '/a/', '/v1/'],
  ['prefix', '/a', '/v1', '/a/x', '/v1/x'],
  ['prefix', '/a', '/v1/', '/a', '/v1'],
  ['prefix', '/a', '/v1/', '/a/', '/v1/'],
  ['prefix', '/a', '/v1/', '/a/x', '/v1/x'],
  ['prefix', '/a', '/v1//', '/a/x', '/v1/x'],
  ['prefix', '/a/', '/v1', '/a/x', '/v1/x'],
  ['prefix', '/a', '/a', '/a/x', '/a/x'],
  ['prefix', '/a', '/a/', '/a', '/a'],
  ['prefix', '/a/b', '/c', '/a/b/d', '/c/d'],
  ['prefix', '/a', 'v1', '/a/x', '/v1/x'],
  ['prefix', '/a', '', '/a/x', '/x'],
  ['prefix', '/a', '', '/a', '/'],
  ['prefix', '/a', '//', '/a/x', '/x'],
  ['prefix', '/a', '//evil', '/a/x', '/evil/x'],
  ['prefix', '/', '/', '/x', '/x'],
  ['prefix', '/', '/v1', '/', '/v1/'],
  ['prefix', '/', '/v1', '/x', '/v1/x'],
  ['prefix', '/', '/v1/', '/', '/v1/'],
  ['prefix', '/', '/v1/', '/x', '/v1/x'],
  ['folder', '/exchange/', '/owa/', '/exchange/', '/owa/'],
  ['folder', '/exchange/', '/owa/', '/exchange/x', '/owa/x'],
  ['folder', '/exchange/', '/owa', '/exchange/', '/owa/'],
  ['folder', '/exchange/', '/owa', '/exchange/x', '/owa/x'],
  ['folder', '/exchange/', '/', '/exchange/', '/'],
  ['folder', '/exchange/', '/', '/exchange/x/', '/x/'],
  ['folder', '/', '/v1/', '/x', '/v1/x'],
  ['folder', '/', '/', '/', '/'],
  ['exact', '/login', '/', '/login', '/'],
  ['exact', '/login', '/auth', '/login', '/auth'],
  ['exact', '/login', '/auth/', '/login', '/auth/'],
  ['exact', '/login', undefined, '/login', '/login'],
  ['exact', '/', '/index.html', '/', '/index.html'],
  // Slashes that were not merged stay, but never come to stand in front.
  ['prefix', '/a', '/', '/a//x', '/x'],
  ['prefix', '/a', '/', '/a//', '/'],
  ['prefix', '/a', '/v1', '/a//x', '/v1//x'],
  ['prefix', '/', '/', '/x//y', '/x//y'],
  ['prefix', '/', '/', '//x', '//x'],
  ['prefix', '/', '/v1', '*', '*'],
  ['prefix', '/api', '/', '/api/%2Fx', '/%2Fx'],
];

test('rewritePath() replaces the prefix, with every combination of slashes', () => {
  for (const [kind, path, replacement, asked, expected] of rows) {
    assert.equal(
      rewritePath(routeOf(kind, path, replacement), asked),
      expected,
      `${kind} ${path} -> ${replacement}: ${asked}`,
    );
  }
});

const segments = fc.array(fc.constantFrom('a', 'b', '%2F', 'long-segment'), { maxLength: 3 });
const slash = fc.constantFrom('', '/');
const parts = fc.record({ from: segments, to: segments, rest: segments, fromEnd: slash, toEnd: slash });

test('rewritePath() never makes a double slash, and ends with a slash exactly if the path did', () => {
  fc.assert(
    fc.property(parts, ({ from, to, rest, fromEnd, toEnd }) => {
      const base = from.length === 0 ? '' : `/${from.join('/')}`;
      const route = routeOf('prefix', base === '' ? '/' : base + fromEnd, `/${to.join('/')}${toEnd}`);
      const made = rewritePath(route, `${base}/${rest.join('/')}`);
      assert.equal(made, `/${[...to, ...rest].join('/')}${rest.length === 0 && to.length > 0 ? '/' : ''}`);
    }),
  );
});

test('where case is ignored the spelling of the client is taken off, and that of the config put on', () => {
  const loose = (path: string, replacePrefix: string): RoutePlan => ({
    ...routeOf('prefix', path, replacePrefix),
    ignoreCase: true,
  });
  assert.equal(rewritePath(loose('/App', '/v1'), '/aPP/X'), '/v1/X');
  assert.equal(rewritePath(loose('/App', '/App'), '/aPP/X'), '/App/X');
  assert.equal(rewritePath(loose('/App/', '/'), '/APP/x/'), '/x/');
});

test('the path of a pattern is replaced whole', () => {
  const route: RoutePlan = { ...routeOf('exact', '/', '/v1'), path: { kind: 'regex', pattern: 'x' } };
  assert.equal(rewritePath(route, '/a/x'), '/v1');
});
