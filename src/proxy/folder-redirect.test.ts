import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Headers } from '../core/headers.ts';
import type { Exchange } from './exchange.ts';
import { listenerPlan } from './fixtures.test.ts';
import { folderRedirect } from './folder-redirect.ts';
import { Router } from './match/router.ts';
import { plainRoute, type PathMatch, type RoutePlan } from './plan.ts';

function route(path: PathMatch, more: Partial<RoutePlan> = {}): RoutePlan {
  return {
    name: 'portal',
    hosts: [{ kind: 'any' }],
    path,
    listeners: undefined,
    ...plainRoute,
    pool: 'app',
    replacePrefix: undefined,
    hostHeader: { kind: 'preserve' },
    upgrade: [],
    ...more,
  };
}

/** Where a request is sent. */
function locationFor(path: string, routes: readonly RoutePlan[], query = ''): string | undefined {
  const exchange: Partial<Exchange> = {
    host: 'a.test',
    method: 'GET',
    scheme: 'http',
    headers: new Headers(),
    clientAddress: '127.0.0.1',
    target: { path, query, raw: path },
    client: {
      id: 1,
      listener: 'web',
      plan: listenerPlan(),
      address: '127.0.0.1',
      port: 1,
      localPort: 80,
      trusted: false,
      tls: undefined,
      onClose: () => undefined,
    },
  };
  const answer = folderRedirect(exchange as Exchange, new Router(routes)); // What it looks at.
  assert.ok(answer === undefined || answer.status === 308);
  assert.equal(exchange.route !== undefined, answer !== undefined);
  return answer?.headers.get('Location');
}

const portal: PathMatch = { kind: 'folder', path: '/portal/' };

test('a folder without its slash leads to the folder, with the query', () => {
  assert.equal(locationFor('/portal', [route(portal)]), '/portal/');
  assert.equal(locationFor('/portal', [route(portal)], '?a=/b'), '/portal/?a=/b');
  assert.equal(locationFor('/PORTAL', [route(portal, { ignoreCase: true })]), '/PORTAL/');
});

test('nothing else does: other paths, what is below, exact paths and prefixes, conditions that do not hold', () => {
  for (const path of ['/', '*', '/porta', '/portal/x', '/PORTAL', '/portal/']) {
    assert.equal(locationFor(path, [route(portal)]), undefined, path);
  }
  assert.equal(locationFor('/portal', [route({ kind: 'exact', path: '/portal/' })]), undefined);
  assert.equal(locationFor('/portal/x', [route({ kind: 'folder', path: '/portal/x/y/' })]), undefined);
  const post = { when: { kind: 'method', methods: ['POST'] } } as const;
  assert.equal(locationFor('/portal', [route(portal, post)]), undefined);
  assert.equal(locationFor('/portal', [route({ kind: 'folder', path: '/' }, post), route(portal)]), '/portal/');
});
