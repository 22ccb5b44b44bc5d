import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import type { Plan } from '../../proxy/index.ts';
import { fingerprintsOf } from './fingerprints.ts';
import { readConfigText } from './load-config.ts';

function planOf(routes: readonly unknown[]): Plan {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only what is looked at
  return { routes, pools: [] } as unknown as Plan;
}

function printsOf(...parts: readonly unknown[]): readonly string[] {
  return fingerprintsOf(planOf(parts)).routes.prints;
}

test('equal parts have equal fingerprints, and others have others', () => {
  const [a, same, other, deep] = printsOf(
    { a: 1, b: [{ c: 2 }] },
    { a: 1, b: [{ c: 2 }] },
    { a: 1 },
    { a: 1, b: [{}] },
  );
  assert.equal(a, same);
  assert.equal(new Set([a, other, deep]).size, 3);
});

test('a part with a value that JSON has no form for has no fingerprint', () => {
  assert.deepEqual(printsOf({ a: Infinity }, { a: NaN }, { a: null }, { a: [undefined] }), ['', '', '', '']);
});

const config = `
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { name: plain, host: a.test, to: app }
  - name: rich
    path: /api/
    when: { method: [GET], header: { name: x-a, is: b } }
    middleware: [{ body-limit: { max: 5kB } }, { headers: { response: { set: { x-a: b } } } }]
    to: app
  - { name: split, host: b.test, to: { split: [{ pool: app, weight: 90 }, { pool: other, weight: 10 }] } }
pools:
  app: { servers: ["http://a.test:80", "http://192.0.2.1:81"], health: { path: /ok } }
  other: { servers: ["http://b.test:80"], sticky: { cookie: {} } }
`;

test('the parts of a config have fingerprints of their own, the same each time that it is loaded', async () => {
  const load = async (): Promise<readonly string[]> => {
    const result = await readConfigText(config, '/x.yaml', { environment: {}, instance: 'x' });
    assert.ok(result.ok && result.prints !== undefined, JSON.stringify(result));
    const { routes, pools } = result.prints;
    assert.equal(routes.parts, result.plan.routes);
    assert.equal(pools.parts, result.plan.pools);
    return [...routes.prints, ...pools.prints];
  };
  const prints = await load();
  assert.deepEqual(prints, await load());
  assert.equal(new Set(prints).size, 5);
  assert.ok(!prints.includes(''));
});

/** Where a value is none of those that JSON tells apart. */
function strangers(value: unknown, path: string): readonly string[] {
  if (typeof value === 'object' && value !== null) {
    const prototype: unknown = Object.getPrototypeOf(value);
    const plain = Array.isArray(value) || prototype === Object.prototype || prototype === null;
    if (!plain) return [path];
    return Object.entries(value).flatMap(([key, member]) => strangers(member, `${path}.${key}`));
  }
  return typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol' ? [path] : [];
}

/** What stands before the line of dashes of a golden file. */
function configOf(file: URL): string {
  return readFileSync(file, 'utf8').split('----------\n')[0]!;
}

test('no plan has anything in it that two parts could differ in and have one fingerprint', async () => {
  const folder = new URL('../../../test/golden/config/', import.meta.url);
  const names = readdirSync(folder);
  const results = await Promise.all(
    names.map((name) => readConfigText(configOf(new URL(name, folder)), '/x.yaml', { environment: {}, instance: 'x' })),
  );
  const plans = results.flatMap((result) => (result.ok ? [result.plan] : []));
  assert.ok(plans.length > 20, `${plans.length} of ${names.length} can be loaded`);
  assert.deepEqual(
    plans.flatMap(({ routes, pools }, i) => strangers([routes, pools], names[i]!)),
    [],
  );
});
