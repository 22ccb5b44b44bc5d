import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { combinedFormat } from './format-combined.ts';
import { jsonFormat } from './format-json.ts';
import { prtgFormat } from './format-prtg.ts';
import { defaultMask, Masker } from './mask.ts';
import { exchangeOf } from './fixtures.test.ts';

const mask = new Masker(defaultMask);

test('query() masks the values of secret parameters and nothing else', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', ''],
    ['?', '?'],
    ['?a=1&b=2', '?a=1&b=2'],
    ['?id=0&login=lee&passhash=123', '?id=0&login=lee&passhash=***'],
    ['?password=a&id=1&password=b', '?password=***&id=1&password=***'],
    ['?PassWord=a', '?PassWord=***'],
    ['?pass%77ord=a&id=1', '?pass%77ord=***&id=1'],
    ['?%2570%61ssword=a', '?%2570%61ssword=***'],
    ['?%u0070assword=a', '?%u0070assword=***'],
    ['?a=1;password=b;c=d', '?a=1;password=***'],
    ['?a=1&amp;password=b', '?a=1&amp;password=***'],
    ['?password%3Da', '?password%3D***'],
    ['?user[password]=a&user[name]=lee', '?user[password]=***&user[name]=lee'],
    ['?user.password=a', '?user.password=***'],
    ['?+password=a&%00token=b', '?+password=***&%00token=***'],
    ['?password=a=b?c#d;e&f=1', '?password=***&f=1'],
    ['?password=a%26b', '?password=***'],
    ['?next=/x?id=1;password=a&b=2', '?next=/x?id=1;password=***&b=2'],
    ['?next=%2Fx%3Fid%3D1%26password%3Da%26b%3D2&c=3', '?next=%2Fx%3Fid%3D1%26password%3D***&c=3'],
    ['?api-key=a&apiKey=b&api_key=c', '?api-key=***&apiKey=***&api_key=***'],
    ['?passwords=1&monkey=2&encoder=3&mypass=4', '?passwords=1&monkey=2&encoder=3&mypass=4'],
    ['?q=password', '?q=password'],
    ['?password', '?password'],
    ['?password=', '?password=***'],
    ['?next=https://lee:hunter2@example.com/', '?next=https://***@example.com/'],
    ['?next=https%3A%2F%2Flee%3Ahunter2%40example.com%2F', '?next=https%3A%2F%2F***%40example.com%2F'],
    ['?mail=lee@example.com', '?mail=lee@example.com'],
  ];
  for (const [query, expected] of cases) assert.equal(mask.query(query), expected);
});

test('url() masks the user, path parameters, query and fragment of a referer', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['https://example.com/a', 'https://example.com/a'],
    ['https://lee:p@ss@example.com/a?b=c', 'https://***@example.com/a?b=c'],
    ['https://example.com/a;jsessionid=12/b?token=3&c=4', 'https://example.com/a;jsessionid=***/b?token=***&c=4'],
    ['https://example.com/#access_token=a&b=1', 'https://example.com/#access_token=***&b=1'],
    ['/a/b?c', '/a/b?c'],
    ['', ''],
  ];
  for (const [url, expected] of cases) assert.equal(mask.url(url), expected);
});

test('path() masks path parameters', () => {
  assert.equal(mask.path('/app;jsessionid=12/x'), '/app;jsessionid=***/x');
  assert.equal(mask.path('/app/%3Btoken%3D12/x'), '/app/%3Btoken%3D***/x');
  assert.equal(mask.path('/token/x=1'), '/token/x=1');
});

test('the list is the given one: other names stay, names of any characters are masked', () => {
  const own = new Masker(['$pw', 'kennwört', 'a.b', '']);
  assert.equal(own.query('?password=a&$pw=b'), '?password=a&$pw=***');
  assert.equal(own.query('?kennw%C3%B6rt=b'), '?kennw%C3%B6rt=***');
  assert.equal(own.query('?kennw\xc3\xb6rt=b&a.b=c&aXb=d'), '?kennw\xc3\xb6rt=***&a.b=***&aXb=d');
  assert.equal(new Masker([]).query('?password=a&b%3D=c'), '?password=a&b%3D=c');
});

test('masking takes linear time whatever the query', () => {
  for (const part of [
    '=',
    '%',
    '%25',
    '%3D',
    '&',
    ';',
    '//',
    '//a',
    '@',
    '-',
    'p-',
    'pass',
    'password=&',
    '%2525',
    '[',
    '//a@',
    '%u00',
  ]) {
    const masked = mask.url(`/?${part.repeat(100_000 / part.length)}@`);
    assert.ok(masked.length > 0);
  }
});

// Letters that no other part of a line has, so that finding one means a leak.
const secret = fc
  .string({ unit: fc.constantFrom(...'QXZ=;?#/%+ "\\@:\xe9'), minLength: 1, maxLength: 12 })
  .map((text) => `QX${text}ZQ`);
const names = fc.constantFrom(...defaultMask);
const spelling = fc.constantFrom<(letter: string) => string>(
  (letter) => letter,
  (letter) => letter.toUpperCase(),
  (letter) => `%${letter.charCodeAt(0).toString(16)}`,
  (letter) => `%25${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  (letter) => `%u00${letter.charCodeAt(0).toString(16)}`,
);
const spelt = fc
  .tuple(names, fc.array(spelling, { minLength: 1, maxLength: 20 }))
  .map(([name, how]) => spell(name, how));
const before = fc.constantFrom(
  '?',
  '?a=1&',
  '?a=1;',
  '?next=/b?',
  '?next=%2Fb%3F',
  '?next=%2Fb%3Fc%3D1%26',
  '?user[',
  '?+',
  '?%20',
  '?&&',
  '?=&',
  '?a=b=;',
);
const between = fc.constantFrom('=', '%3D', '%3d', '%253D', ']=', '[]=', '+=', '%20=', '%00%3d');

function spell(name: string, how: readonly ((letter: string) => string)[]): string {
  return [...name].map((letter, i) => how[i % how.length]!(letter)).join('');
}

test('a secret never shows in a line, whatever the spelling of its name, its place and its characters', () => {
  const formats = [jsonFormat(), combinedFormat(), prtgFormat()];
  fc.assert(
    fc.property(before, spelt, between, secret, fc.constantFrom('', '&b=2', '&'), (start, name, equals, value, end) => {
      const query = start + name + equals + value + end;
      const path = `/a;${name}${equals}${value.replace(/[/?#]/g, '')}/b`;
      const exchange = exchangeOf({ path, query, fields: { referer: `https://u:QXpw@b.example${path}${query}` } });
      for (const format of formats) assert.doesNotMatch(format(exchange, 0, mask), /[QXZ]{2}/);
    }),
    { numRuns: 2000 },
  );
});
