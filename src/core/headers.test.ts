import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Field } from './field-names.ts';
import { Headers } from './headers.ts';

function headersOf(...fields: readonly (readonly [string, string])[]): Headers {
  const headers = new Headers();
  for (const [name, value] of fields) headers.add(name, value);
  return headers;
}

test('Headers keeps order, case and repeats, and looks up without regard to case', () => {
  const headers = headersOf(['X-Own', '1'], ['VIA', 'a'], ['x-own', '2'], ['via', 'b']);
  assert.deepEqual(headers.names, ['X-Own', 'VIA', 'x-own', 'via']);
  assert.equal(headers.length, 4);
  assert.equal(headers.get('X-OWN'), '1');
  assert.equal(headers.get('Via'), 'a');
  assert.equal(headers.getById(Field.Via), 'a');
  assert.deepEqual(headers.getAll('x-oWn'), ['1', '2']);
  assert.deepEqual(headers.getAll('via'), ['a', 'b']);
  assert.ok(headers.has('vIA') && !headers.has('X-Ow') && !headers.has('Date'));
  assert.equal(headers.get('nothing'), undefined);
  assert.equal(headers.getById(Field.Date), undefined);
});

test('set() replaces all fields of the name at the place of the first, or appends', () => {
  const headers = headersOf(['a', '1'], ['B', '2'], ['A', '3'], ['c', '4'], ['Via', '5'], ['via', '6']);
  headers.set('A', 'x');
  headers.set('VIA', 'y');
  headers.set('new', 'z');
  assert.deepEqual(headers.names, ['A', 'B', 'c', 'VIA', 'new']);
  assert.deepEqual(headers.values, ['x', '2', '4', 'y', 'z']);
  assert.equal(headers.ids.length, 5);
});

test('remove() and filter() keep the three lists in step', () => {
  const headers = headersOf(['a', '1'], ['Via', '2'], ['A', '3'], ['b', '4']);
  headers.remove('A');
  assert.deepEqual(
    [headers.names, headers.values, headers.ids],
    [
      ['Via', 'b'],
      ['2', '4'],
      [Field.Via, Field.Other],
    ],
  );
  headers.remove('via');
  headers.filter(() => false);
  assert.deepEqual([headers.names, headers.values, headers.ids], [[], [], []]);
});
