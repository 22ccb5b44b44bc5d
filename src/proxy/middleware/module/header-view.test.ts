import assert from 'node:assert/strict';
import { test } from 'node:test';

import { headersOf } from '../../fixtures.test.ts';
import { fieldsOf, HeaderView } from './header-view.ts';

test('HeaderView joins several of a name, and keeps order and case', () => {
  const fields = headersOf(['X-A', '1'], ['Cookie', 'a=b'], ['x-a', '2'], ['Cookie', 'c=d']);
  const view = new HeaderView(fields);
  assert.equal(view.get('x-A'), '1, 2');
  assert.equal(view.get('cookie'), 'a=b; c=d');
  assert.deepEqual(view.getAll('X-A'), ['1', '2']);
  assert.equal(view.get('X-B'), undefined);
  view.set('X-A', 3);
  view.append('X-B', ' b ');
  view.remove('cookie');
  assert.deepEqual(
    [...view],
    [
      ['X-A', '3'],
      ['X-B', 'b'],
    ],
  );
  assert.equal(view.has('x-b'), true);
});

test('HeaderView refuses what no message can hold, and what the proxy writes itself', () => {
  const view = new HeaderView(headersOf());
  for (const [name, value] of [
    ['', 'a'],
    ['X A', 'a'],
    ['X-A\r\n', 'a'],
    ['X-A', 'a\r\nX-B: c'],
    ['X-A', 'a\0'],
    ['X-A', '\u0142'],
    ['X-A', {}],
    ['X-A', undefined],
    ['Content-Length', '5'],
    ['transfer-encoding', 'chunked'],
    ['Host', 'a'],
    ['Connection', 'close'],
  ] as const) {
    assert.throws(() => view.set(name, value as string), TypeError, `${name}: ${JSON.stringify(value)}`);
    assert.throws(() => view.append(name, value as string), TypeError);
  }
  assert.deepEqual([...view], []);
});

test("an Alt-Svc of one's own may be set; that of an answer from elsewhere is left out", () => {
  const view = new HeaderView(headersOf());
  view.set('Alt-Svc', 'h3=":443"');
  assert.deepEqual([...view], [['Alt-Svc', 'h3=":443"']]);
  assert.deepEqual([...new HeaderView(fieldsOf(new Headers({ 'Alt-Svc': 'h3=":8443"', 'X-A': 'b' })))], [['x-a', 'b']]);
});

test('fieldsOf() reads maps, pairs and Headers, and leaves framing out', () => {
  const web = new Headers({ 'X-A': 'b', 'Content-Length': '5' });
  web.append('Set-Cookie', 'a=b');
  web.append('Set-Cookie', 'c=d');
  const shown = (given: Parameters<typeof fieldsOf>[0]) => [...new HeaderView(fieldsOf(given))];
  assert.deepEqual(shown(web), [
    ['set-cookie', 'a=b'],
    ['set-cookie', 'c=d'],
    ['x-a', 'b'],
  ]);
  assert.deepEqual(shown({ 'X-A': ['b', 'c'], 'X-N': 5 }), [
    ['X-A', 'b'],
    ['X-A', 'c'],
    ['X-N', '5'],
  ]);
  assert.deepEqual(shown(new Map([['X-A', 'b']])), [['X-A', 'b']]);
  assert.deepEqual(shown(undefined), []);
  for (const odd of [5, { 'X-A': {} }, [['X-A']]]) assert.throws(() => fieldsOf(odd as never), TypeError);
});
