import assert from 'node:assert/strict';
import { test } from 'node:test';

import { explainRoutes } from './explain-routes.ts';
import { asking, exact, exactHost, folder, method, prefix, regex, routeOf, wildcard } from './fixtures.test.ts';

void test('each route says the first thing that keeps it from the request', () => {
  const post = method('POST');
  const get = method('GET');
  const routes = [
    routeOf('other listener', { listeners: ['admin'], hosts: [exactHost('a.test')] }),
    routeOf('other host', { hosts: [exactHost('b.test')], path: exact('/x/y') }),
    routeOf('wildcard', { hosts: [wildcard('test')] }),
    routeOf('other path', { hosts: [exactHost('a.test')], path: folder('/z/') }),
    routeOf('pattern', { hosts: [exactHost('a.test')], path: regex('^/z') }),
    routeOf('condition', { hosts: [exactHost('a.test')], path: prefix('/x'), when: post }),
    routeOf('conditions', { hosts: [exactHost('a.test')], when: { kind: 'all', of: [get, post] } }),
    routeOf('shorter', { hosts: [exactHost('a.test')] }),
    routeOf('best', { hosts: [exactHost('a.test')], path: prefix('/x') }),
    routeOf('second', { hosts: [exactHost('a.test')], path: prefix('/x') }),
  ];
  assert.deepEqual(explainRoutes(routes, asking('web', 'a.test', '/x/y')), [
    { route: 'other listener', verdict: 'listener' },
    { route: 'other host', verdict: 'host' },
    { route: 'wildcard', verdict: 'later' },
    { route: 'other path', verdict: 'path' },
    { route: 'pattern', verdict: 'path' },
    { route: 'condition', verdict: 'conditions', failing: [post] },
    { route: 'conditions', verdict: 'conditions', failing: [post] },
    { route: 'shorter', verdict: 'later' },
    { route: 'best', verdict: 'chosen' },
    { route: 'second', verdict: 'later' },
  ]);
});

void test('without a route nothing is chosen, and OPTIONS * asks for the whole host', () => {
  const routes = [routeOf('a', { path: prefix('/a') }), routeOf('whole', {})];
  const verdicts = (path: string, of = routes): string[] =>
    explainRoutes(of, asking('web', '', path)).map(({ verdict }) => verdict);
  assert.deepEqual(verdicts('*'), ['path', 'chosen']);
  assert.deepEqual(verdicts('/b', routes.slice(0, 1)), ['path']);
});
