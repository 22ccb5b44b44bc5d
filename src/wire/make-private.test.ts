import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Headers } from '../core/headers.ts';
import { makePrivate } from './make-private.ts';

function after(...values: readonly string[]): readonly string[] {
  const headers = new Headers();
  for (const value of values) headers.add('cache-control', value);
  makePrivate(headers);
  return headers.getAll('Cache-Control');
}

test('makePrivate() keeps shared caches away and leaves what is stricter', () => {
  assert.deepEqual(after(), ['private']);
  assert.deepEqual(after('private'), ['private']);
  assert.deepEqual(after('No-Store, max-age=0'), ['No-Store, max-age=0']);
  assert.deepEqual(after('max-age=60'), ['private, max-age=60']);
  assert.deepEqual(after('public, max-age=60, s-maxage=600', 'must-revalidate'), [
    'private, max-age=60, must-revalidate',
  ]);
});

test('makePrivate() knows that "private" with field names is about those alone, and a quoted comma is none', () => {
  assert.deepEqual(after('private="a, public", max-age=1'), ['private, max-age=1']);
  assert.deepEqual(after('no-cache="x, no-store"'), ['private, no-cache="x, no-store"']);
  assert.deepEqual(after('x="unclosed, public'), ['private, x="unclosed, public']);
});
