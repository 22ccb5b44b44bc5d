import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readConfigText } from '../config/load-config.ts';
import { Replay, type ReplayResult } from './replay.ts';

const config = `listeners: { web: { address: ":80" } }
routes:
  - { name: a, host: a.test, to: shop }
  - { name: api, host: a.test, path: /api/, to: shop }
  - { name: keyed, host: a.test, path: /api/keyed/, when: { header: { x-key: "1" } }, to: shop }
  - { name: asked, host: a.test, path: /asked, when: { query: { id: "1" } }, to: shop }
  - { name: posts, host: a.test, path: /asked, when: { method: POST }, to: shop }
pools: { shop: { servers: [http://10.0.0.1] } }
`;

type Parts = Readonly<Record<string, unknown>>;

async function replay(lines: readonly (string | Parts)[]): Promise<ReplayResult> {
  const loaded = await readConfigText(config, 'postern.yaml', { environment: {}, instance: '' });
  assert.ok(loaded.ok);
  const run = new Replay(loaded.plan);
  const usual = {
    listener: 'web',
    scheme: 'http',
    method: 'GET',
    host: 'a.test',
    path: '/',
    client: '10.0.0.9',
    pool: 'shop',
  };
  for (const line of lines) run.add(typeof line === 'string' ? line : JSON.stringify({ ...usual, ...line }));
  return run.result;
}

void test('requests that would go elsewhere are counted by where from and where to', async () => {
  const result = await replay([
    { route: 'a' },
    { route: 'a', path: '/api/x' },
    { route: 'a', path: '/api/y' },
    { route: 'b', host: 'b.test', pool: 'other' },
    { path: '/asked', query: 'id=1', route: 'asked' },
    { path: '/asked', method: 'POST', route: 'posts' },
  ]);
  assert.deepEqual(result, {
    same: 3,
    moved: [
      { from: 'a -> shop', to: 'api -> shop', requests: 2, example: 'GET http://a.test/api/x' },
      { from: 'b -> other', to: 'none', requests: 1, example: 'GET http://b.test/' },
    ],
    undecidable: 0,
    unreadable: 0,
  });
});

void test('what depends on what the log does not say is told apart, and nothing else', async () => {
  const { same, undecidable, unreadable } = await replay([
    { path: '/api/keyed/x', route: 'keyed' },
    { path: '/api/other', route: 'api' },
    { path: '/asked', query: 'id=***', route: 'asked' },
    { path: '/asked', query: 'id=2', route: 'a' },
    '10.0.0.1 - - "GET / HTTP/1.1" 200 5',
    '{"method":"GET"}',
    'null',
    '',
  ]);
  assert.deepEqual({ same, undecidable, unreadable }, { same: 2, undecidable: 2, unreadable: 3 });
});

void test('kinds of moves are bounded', async () => {
  const { moved } = await replay(Array.from({ length: 300 }, (_, i) => ({ route: `old-${i}` })));
  assert.equal(moved.length, 101);
  assert.equal(
    moved.reduce((sum, { requests }) => sum + requests, 0),
    300,
  );
});
