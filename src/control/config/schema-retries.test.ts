import assert from 'node:assert/strict';
import { test } from 'node:test';

import { plainRetries } from '../../proxy/index.ts';
import { poolRetriesSchema, routeRetries, routeRetriesSchema } from './schema-retries.ts';

void test('a config that says nothing of retries has those that hold anyway', () => {
  assert.deepEqual(poolRetriesSchema.parse({}), { ...plainRetries, perTryMs: undefined });
});

void test('statuses are taken together, whatever their order', () => {
  const { on, statuses } = poolRetriesSchema.parse({ on: [503, 'empty-response', 429, '5xx', 503, 'conn-failure'] });
  assert.deepEqual(on, ['conn-failure', 'empty-response']);
  assert.deepEqual(statuses, [
    [429, 429],
    [500, 599],
  ]);
});

void test('a route takes from its pool what it does not say', () => {
  const pool = poolRetriesSchema.parse({ attempts: 5, on: ['response-timeout', 502], perTryTimeout: '2s' });
  assert.equal(routeRetries(undefined, pool), undefined);
  const { budget: _budget, ...all } = pool;
  assert.deepEqual(routeRetries(routeRetriesSchema.parse({}), pool), all);
  assert.deepEqual(routeRetries(routeRetriesSchema.parse({ on: [503], attempts: 0 }), pool), {
    ...all,
    attempts: 0,
    on: [],
    statuses: [[503, 503]],
  });
});
