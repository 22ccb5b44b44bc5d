import assert from 'node:assert/strict';
import { test } from 'node:test';

import { plainRoute, type FeaturePlan, type RoutePlan } from './plan.ts';
import { FeatureSet } from './route-hooks.ts';
import { TestEnv } from './fixtures.test.ts';

function routeOf(middleware: readonly FeaturePlan[], parts: Partial<RoutePlan> = {}): RoutePlan {
  return {
    name: 'route',
    hosts: [{ kind: 'any' }],
    path: { kind: 'folder', path: '/' },
    listeners: undefined,
    pool: 'pool',
    replacePrefix: undefined,
    hostHeader: { kind: 'preserve' },
    upgrade: [],
    ...plainRoute,
    middleware,
    ...parts,
  };
}

const edits = { remove: [], set: [], add: [] };
const adding = (name: string): FeaturePlan => ({
  name: 'headers',
  config: { request: edits, response: { ...edits, add: [{ name, value: [{ kind: 'text', text: '1' }] }] } },
});
const fixed = (status: number): FeaturePlan => ({
  name: 'respond',
  config: { kind: 'fixed', status, body: '', headers: [] },
});

test('a route that does nothing on the way has no hooks; one with features or rules of transport has', () => {
  const plain = routeOf([]);
  const transport = { ...plainRoute.transport, https: 'only' as const };
  const routes = [
    plain,
    routeOf([adding('A')]),
    routeOf([], { transport }),
    routeOf([], { transport: { ...plainRoute.transport, hsts: 'max-age=1' } }),
    routeOf([], { transport: { ...plainRoute.transport, clientCertificate: 'optional' } }),
  ];
  const set = new FeatureSet(routes, undefined, new TestEnv());
  assert.deepEqual(
    routes.map((route) => set.of(route) !== undefined),
    [false, true, true, true, true],
  );
});

test('hooks stand in the order of the config for requests, and in the reverse for answers', () => {
  const route = routeOf([adding('A'), adding('B'), fixed(200)]);
  const set = new FeatureSet([route], undefined, new TestEnv());
  const made = (plan: FeaturePlan): unknown => set.made(JSON.stringify([plan.name, plan.config]));
  const { request, response } = set.of(route)!;
  assert.deepEqual([...request], [made(fixed(200))]);
  assert.deepEqual(
    response.map((hooks) => [made(adding('A')), made(adding('B'))].indexOf(hooks)),
    [1, 0],
  );
});

test('equal features are made once: for the routes of a plan, and for the next plan', () => {
  const env = new TestEnv();
  const [a, b] = [routeOf([adding('A')]), routeOf([adding('A')], { name: 'b' })];
  const first = new FeatureSet([a, b], undefined, env);
  assert.equal(first.of(a)!.response[0], first.of(b)!.response[0]);
  const c = routeOf([adding('A'), adding('C')], { name: 'c' });
  const next = new FeatureSet([c], first, env);
  assert.equal(next.of(c)!.response[1], first.of(a)!.response[0]);
  assert.notEqual(next.of(c)!.response[0], first.of(a)!.response[0]);
  const alone = new FeatureSet([a], undefined, env);
  assert.notEqual(alone.of(a)!.response[0], first.of(a)!.response[0], 'two data planes share nothing');
});

test('retire() closes what the next plan does not have, close() all that is left, each once', () => {
  const env = new TestEnv();
  const [a, b] = [routeOf([adding('A')]), routeOf([adding('B')])];
  const first = new FeatureSet([a, b], undefined, env);
  const closed: string[] = [];
  for (const name of ['A', 'B']) {
    const plan = adding(name);
    first.made(JSON.stringify([plan.name, plan.config]))!.close = () => closed.push(name);
  }
  const next = new FeatureSet([routeOf([adding('A')])], first, env);
  assert.deepEqual(closed, []);
  first.retire(next);
  assert.deepEqual(closed, ['B']);
  next.close();
  assert.deepEqual(closed, ['B', 'A']);
});
