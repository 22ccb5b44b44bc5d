import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import type { Controlled } from '../controlled.ts';
import { endpoints } from './endpoints.ts';
import { openApi } from './open-api.ts';
import { adminRoutes } from './routes.ts';

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, unknown>>;
  readonly requestBody?: { readonly required: boolean };
}

const document = openApi() as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
};

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ key: `${method.toUpperCase()} ${path}`, ...operation })),
);

void test('the document has every call, and every call is served', () => {
  const keys = operations.map(({ key }) => key).toSorted();
  assert.deepEqual(keys, Object.keys(endpoints).toSorted());
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing is called
  const served = adminRoutes({} as Controlled);
  for (const key of keys) assert.equal(typeof served[key]?.handler, 'function', key);
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
});

void test('what a call needs has to be sent, and what it does not need has not', () => {
  const needed = operations.filter(({ requestBody }) => requestBody?.required === true).map(({ key }) => key);
  const others = ['add', 'remove', 'drain', 'maint', 'ready', 'weight', 'limit', 'load', 'close'];
  assert.deepEqual(
    needed.toSorted(),
    [
      'POST /api/v1/explain',
      'POST /api/v1/splits/set',
      ...others.map((name) => `POST /api/v1/servers/${name}`),
    ].toSorted(),
  );
});

void test('every reference in the document leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
  assert.ok(references.length > 10);
  for (const [, name = ''] of references) assert.ok(document.components.schemas[name] !== undefined, name);
  assert.ok(!JSON.stringify(document).includes('#/$defs'), 'definitions of a part are not those of the document');
});

void test('what only a successor says is in no document, and not for others', () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing is called
  const others = Object.entries(adminRoutes({} as Controlled)).filter(([key]) => !(key in endpoints));
  assert.deepEqual(
    others.map(([key, { access }]) => [key, access]),
    ['hand-over', 'retire', 'give-up'].map((name) => [`POST /api/v1/${name}`, 'socket']),
  );
});

void test('the guide names every call', () => {
  const guide = readFileSync(new URL('../../../docs/guide/admin-api.md', import.meta.url), 'utf8');
  for (const key of Object.keys(endpoints)) {
    const [, path = ''] = key.split(' ');
    assert.ok(guide.includes(`\`${key}\``) || guide.includes(`\`/${path.split('/').at(-1)}\``), key);
  }
});
