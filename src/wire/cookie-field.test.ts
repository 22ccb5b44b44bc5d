import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { Headers } from '../core/headers.ts';
import { cookieValues, removeCookie, valueSet } from './cookie-field.ts';

function fields(...given: readonly (readonly [string, string])[]): Headers {
  const headers = new Headers();
  for (const [name, value] of given) headers.add(name, value);
  return headers;
}

test('cookieValues() finds every cookie of the name, in all Cookie fields, and no other', () => {
  const headers = fields(['Cookie', 'a=1; srv=x ; xsrv=3; srv=; SRV=4'], ['cookie', 'srv=y=z'], ['X-Cookie', 'srv=no']);
  assert.deepEqual(cookieValues(headers, 'srv'), ['x', '', 'y=z']);
  assert.deepEqual(cookieValues(headers, 'sr'), []);
});

test('cookieValues() looks at no more than four', () => {
  const headers = fields(['Cookie', 'a=1; a=2; a=3; a=4; a=5']);
  assert.deepEqual(cookieValues(headers, 'a'), ['1', '2', '3', '4']);
});

test('removeCookie() takes out the cookie wherever it stands, and leaves the others as they are', () => {
  const cases = [
    ['srv=1', undefined],
    ['srv=1; a=2', 'a=2'],
    ['a=2; srv=1', 'a=2'],
    ['a=2;srv=1;b="x y"', 'a=2;b="x y"'],
    ['a=2; srv=1; srv=2; b=3', 'a=2; b=3'],
    ['srv=1; srv=2', undefined],
    ['xsrv=1; srvx=2; SRV=3', 'xsrv=1; srvx=2; SRV=3'],
    ['a=srv=1', 'a=srv=1'],
    [' srv=1 ; a=2', 'a=2'],
  ] as const;
  for (const [before, after] of cases) {
    const headers = fields(['Accept', '*/*'], ['Cookie', before], ['X-A', '']);
    removeCookie(headers, 'srv');
    assert.equal(headers.get('cookie'), after, before);
    assert.equal(headers.get('x-a'), '', 'an empty field of another name stays');
  }
});

test('removeCookie() leaves exactly the other pairs, whatever they are', () => {
  const pair = fc.tuple(fc.constantFrom('srv', 'a', 'srvx', 'b'), fc.stringMatching(/^[!-:<-~]{0,5}$/));
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1, maxLength: 6 }), fc.constantFrom('; ', ';', ' ; '), (given, by) => {
      const line = (all: readonly (readonly [string, string])[]): string =>
        all.map((each) => each.join('=')).join('; ');
      const headers = fields(['Cookie', given.map((each) => each.join('=')).join(by)]);
      removeCookie(headers, 'srv');
      const left = (headers.get('cookie') ?? '').split(';').map((each) => each.trim());
      const others = given.filter(([name]) => name !== 'srv');
      assert.equal(left.join('; '), line(others));
    }),
  );
});

test('valueSet() finds what an answer sets, and no cookie of another name', () => {
  const headers = fields(
    ['Set-Cookie', 'JSESSIONID=old; Path=/'],
    ['Set-Cookie', ' JSESSIONID = new ; HttpOnly'],
    ['Set-Cookie', 'a=JSESSIONID=x'],
  );
  assert.equal(valueSet(headers, 'JSESSIONID'), 'new');
  assert.equal(valueSet(headers, 'jsessionid'), undefined);
  assert.equal(valueSet(fields(['Set-Cookie', 'JSESSIONID']), 'JSESSIONID'), undefined);
  assert.equal(valueSet(fields(['Set-Cookie', 'JSESSIONID=; Max-Age=0']), 'JSESSIONID'), '');
});
