import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../../core/headers.ts';
import { RequestIds, requestIdFor } from './request-id.ts';

function headersOf(...values: readonly string[]): Headers {
  const headers = new Headers();
  for (const value of values) headers.add('X-Request-ID', value);
  return headers;
}

test('requestIdFor() keeps what a trusted peer sent, if it is fit to be kept', () => {
  const next = (): string => assert.fail('no new id was needed');
  for (const id of ['a', 'f'.repeat(128), '!"#$%&~', '7c1d6f3e-0a41-4f5d-9b7e-1c2d3e4f5a6b']) {
    assert.equal(requestIdFor(headersOf(id), true, next), id);
  }
});

test('requestIdFor() makes a new one else', () => {
  const next = (): string => 'new';
  for (const id of ['', 'f'.repeat(129), 'a b', 'a\tb', 'caf\u00e9', 'a\u007f', 'a\u0000', '"\n"']) {
    assert.equal(requestIdFor(headersOf(id), true, next), 'new', JSON.stringify(id));
  }
  assert.equal(requestIdFor(headersOf(), true, next), 'new');
  assert.equal(requestIdFor(headersOf('one', 'two'), true, next), 'new');
  assert.equal(requestIdFor(headersOf('one'), false, next), 'new');
});

test('RequestIds do not repeat, within one or between two', () => {
  const one = new RequestIds();
  const two = new RequestIds();
  const seen = new Set<string>();
  for (let i = 0; i < 10_000; i++) {
    seen.add(one.next());
    seen.add(two.next());
  }
  assert.equal(seen.size, 20_000);
  for (const id of seen) assert.match(id, /^[0-9a-z]{17,32}$/);
});
