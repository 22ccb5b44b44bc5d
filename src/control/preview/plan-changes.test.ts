import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Plan } from '../../proxy/index.ts';
import { readConfigText } from '../config/load-config.ts';
import { isNoChange, planChanges } from './plan-changes.ts';

async function plan(text: string): Promise<Plan> {
  const result = await readConfigText(text, 'postern.yaml', { environment: {}, instance: '' });
  assert.ok(result.ok);
  return result.plan;
}

const before = `listeners: { web: { address: ":80" }, other: { address: ":81" } }
routes:
  - { name: a, host: a.test, to: shop }
  - { name: b, host: b.test, to: http://10.0.0.9 }
pools: { shop: { servers: [http://10.0.0.1] } }
`;

void test('each part is added, removed, changed or kept, by its name', async () => {
  const after = before
    .replace('":81"', '":82"')
    .replace('name: b, host: b.test', 'name: c, host: c.test')
    .replace('10.0.0.1', '10.0.0.2')
    .concat('grace: 7s\n');
  assert.deepEqual(planChanges(await plan(before), await plan(after)), {
    listeners: { added: [], removed: [], changed: ['other'], kept: 1 },
    routes: { added: ['c'], removed: ['b'], changed: [], kept: 1 },
    pools: { added: [], removed: [], changed: ['shop'], kept: 1 },
    settings: ['grace'],
  });
});

void test('an equal config is no change', async () => {
  const changes = planChanges(await plan(before), await plan(before.replace('":80"', ':80')));
  assert.ok(isNoChange(changes), JSON.stringify(changes));
  assert.ok(!isNoChange(planChanges(await plan(before), await plan(`${before}grace: 7s\n`))));
});
