import assert from 'node:assert/strict';
import { serialize } from 'node:v8';
import { test } from 'node:test';

import { readConfigText } from './load-config.ts';
import { shareEqual } from './share-equal.ts';

const routes = Array.from({ length: 50 }, (_, i) => `  - { host: h${i}.test, to: "http://127.0.0.1:${8000 + i}" }`);
const config = `listeners: { web: { address: ":80" } }\nroutes:\n${routes.join('\n')}\n`;

test('a plan in which equal settings are shared is equal, and smaller on its way', async () => {
  const loaded = await readConfigText(config, 'postern.yaml', { environment: {}, instance: 'me' });
  assert.ok(loaded.ok);
  const apart = { ...loaded.plan, routes: loaded.plan.routes.map(copyOf), pools: loaded.plan.pools.map(copyOf) };
  const together = shareEqual(apart);
  assert.deepEqual(together, apart);
  assert.equal(together.pools[0]!.limits, together.pools[1]!.limits);
  assert.equal(loaded.plan.pools[0]!.limits, loaded.plan.pools[1]!.limits, 'a plan that is loaded is such a one');
  assert.ok(serialize(together).length < serialize(apart).length * 0.7);
});

function copyOf<T>(part: T): T {
  return structuredClone(part);
}
