import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProxyError } from '../core/errors.ts';
import { refuses } from './http1/fixtures.test.ts';
import { normalisePath } from './path.ts';

const merge = { mergeSlashes: true };
const keep = { mergeSlashes: false };

test('normalisePath() leaves alone what is normal', () => {
  for (const path of ['/', '*', '/a', '/a/', '/a/b.c/d..e/f', '/~a/(b);c=1,2', '/a..', '/a:b@c', '/a|b']) {
    assert.equal(normalisePath(path, merge), path);
    assert.equal(normalisePath(path, keep), path);
  }
});

test('normalisePath() finds the one spelling of a path', () => {
  const cases: [string, string][] = [
    ['/%61%2D%7e%5f', '/a-~_'],
    ['/%e4%2f%3a', '/%E4%2F%3A'],
    ['/a%2Fb', '/a%2Fb'],
    ['/@scope%2fname', '/@scope%2Fname'],
    ['/a%5cb', '/a%5Cb'],
    ['/100%25', '/100%25'],
    ['/%252e', '/%252e'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/a/b/..', '/a/'],
    ['/a/b/.', '/a/b/'],
    ['/.', '/'],
    ['/a/..', '/'],
    ['/a/../', '/'],
    ['/%2e/a', '/a'],
    ['/a/%2e%2E/b', '/b'],
    ['/a/.%2e/b', '/b'],
    ['/.well-known/x', '/.well-known/x'],
    ['/...', '/...'],
    ['/..a/b', '/..a/b'],
    ['/a;b=../c', '/a;b=../c'],
    ['/x..;y/', '/x..;y/'],
    ['/exchange/../admin', '/admin'],
  ];
  for (const [from, to] of cases) {
    assert.equal(normalisePath(from, merge), to);
    assert.equal(normalisePath(from, keep), to);
  }
});

test('normalisePath() merges slashes if asked to', () => {
  const cases: [string, string, string][] = [
    ['//', '/', '//'],
    ['//a', '/a', '//a'],
    ['/a//b///', '/a/b/', '/a//b///'],
    ['/a/.//b', '/a/b', '/a//b'],
    ['/a//../b', '/b', '/a/b'],
    ['/a/..//b', '/b', '//b'],
  ];
  for (const [from, merged, kept] of cases) {
    assert.equal(normalisePath(from, merge), merged, from);
    assert.equal(normalisePath(from, keep), kept, from);
  }
});

test('normalisePath() refuses what leads out or what others could read otherwise', () => {
  const bad = [
    ...['/..', '/../a', '/a/../..', '/%2e%2e/a', '/a/%2e%2e/%2e%2e/b', '/./..'],
    ...['/%', '/%4', '/%zz', '/a%', '/%u002e', '/%%32e', '/%-1', '/%+1', '/% 1'],
    ...['/%00', '/a%00b', '/a\\b', '/..\\b', '\\a', 'a', ''],
    ...['/a/..%2fb', '/a/..%2Fb', '/a/%2f..', '/a/b%2f..', '/a/b%2f..%2fc', '/a/..%5cb', '/a/b%5C..', '/a/%2e%2e%2fb'],
    ...['/a/..;/b', '/a/..;x=1/b', '/a/..;x', '/a/%2e%2e;x/', '/a/..%3bx', '/a/b%2f..;x'],
    ...[
      '/a/%252e%252e/b',
      '/a/.%252e/b',
      '/a/%25252e%25252e/b',
      '/a/..%252fb',
      '/a/%25%32%65./b',
      '/a/..%25%35cb',
      '/a/%25%32%35%32e.',
    ],
  ];
  for (const path of bad) {
    refuses('bad-path', () => normalisePath(path, merge), path);
    refuses('bad-path', () => normalisePath(path, keep), path);
  }
});

test('normalisePath() gives what it gives again, and never a way up', () => {
  const part = fc.constantFrom(
    '/',
    '.',
    '..',
    '%2e',
    '%2F',
    '%5c',
    '%25',
    '25',
    '2e',
    ';',
    'a',
    '%41',
    '%e4',
    '//',
    '%3B',
  );
  const path = fc.array(part, { maxLength: 12 }).map((parts) => `/${parts.join('')}`);
  fc.assert(
    fc.property(path, fc.boolean(), (raw, mergeSlashes) => {
      let normal: string;
      try {
        normal = normalisePath(raw, { mergeSlashes });
      } catch (error) {
        assert.ok(error instanceof ProxyError && error.code === 'bad-path', String(error));
        return;
      }
      assert.equal(normalisePath(normal, { mergeSlashes }), normal);
      assert.ok(normal.startsWith('/'));
      // However often a server decodes, and whatever it takes for a slash, no segment is a way up.
      let seen = normal;
      for (let i = 0; i < 6; i++) {
        for (const segment of seen.split(/[/\\]/)) assert.notEqual(segment.split(';')[0], '..', `${raw} -> ${normal}`);
        seen = seen.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      }
      if (mergeSlashes) assert.ok(!normal.includes('//'));
    }),
    { numRuns: 2000 },
  );
});

test('normalisePath() takes the worst long paths', () => {
  assert.equal(normalisePath('/a/..'.repeat(20_000), merge), '/');
  assert.equal(normalisePath('/.'.repeat(50_000), merge), '/');
  assert.equal(normalisePath('/'.repeat(100_000), merge), '/');
  const nested = `/%${'25'.repeat(50_000)}`;
  assert.equal(normalisePath(nested, merge), nested);
  refuses('bad-path', () => normalisePath(`/%${'25'.repeat(50_000)}2e.`, merge));
  const percents = `/${'%25'.repeat(30_000)}`;
  assert.equal(normalisePath(percents, merge), percents);
});
