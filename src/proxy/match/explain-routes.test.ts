import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RoutePlan } from '../plan.ts';
import { explainRoutes, type RouteVerdict } from './explain-routes.ts';
import { asking, exact, exactHost, folder, method, prefix, regex, routeOf, wildcard } from './fixtures.test.ts';
import type { RequestView } from './request-view.ts';
import { Router } from './router.ts';

async function explained(routes: readonly RoutePlan[], request: RequestView): Promise<readonly RouteVerdict[]> {
  return await explainRoutes(routes, request, new Router(routes).find(request));
}

void test('each route says the first thing that keeps it from the request', async () => {
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
  assert.deepEqual(await explained(routes, asking('web', 'a.test', '/x/y')), [
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

void test('without a route nothing is chosen, and OPTIONS * asks for the whole host', async () => {
  const routes = [routeOf('a', { path: prefix('/a') }), routeOf('whole', {})];
  const verdicts = async (path: string, of = routes): Promise<string[]> =>
    (await explained(of, asking('web', '', path))).map(({ verdict }) => verdict);
  assert.deepEqual(await verdicts('*'), ['path', 'chosen']);
  assert.deepEqual(await verdicts('/b', routes.slice(0, 1)), ['path']);
});

void test('many routes are judged over several turns of the event loop', async () => {
  const routes = Array.from({ length: 1000 }, (_, i) => routeOf(`r${i}`, { hosts: [exactHost(`h${i}.test`)] }));
  let turns = 0;
  let going = true;
  const count = (): void => {
    turns += 1;
    if (going) setImmediate(count);
  };
  setImmediate(count);
  const verdicts = await explained(routes, asking('web', 'h7.test', '/'));
  going = false;
  assert.equal(verdicts.length, 1000);
  assert.ok(turns >= 4, `${turns} turns`);
});
