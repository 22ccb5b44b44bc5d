import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { ProxyError } from '../../../core/errors.ts';
import { TestEnv } from '../../fixtures.test.ts';
import { askFor, template } from '../fixtures.test.ts';
import { rewrite, type RewriteConfig } from './rewrite.ts';
import type { TargetTemplate } from './target-template.ts';

const nothing: RewriteConfig = { prefixes: [], regex: undefined, path: undefined, query: undefined };
const noEdits = { keep: undefined, remove: [], set: [], add: [] };

function target(text: string): TargetTemplate {
  const [path = '', query] = text.split('?');
  return { path: template(path), query: query === undefined ? undefined : template(query) };
}

/** What a server is told, or the reason of a refusal. */
function told(
  config: Partial<RewriteConfig>,
  asked: string,
  fields: readonly (readonly [string, string])[] = [],
): string {
  const work = askFor(asked, fields);
  const verdict = rewrite.create({ ...nothing, ...config }, new TestEnv()).request!(work);
  if (verdict instanceof ProxyError) return verdict.code;
  assert.equal(verdict, undefined);
  return work.path + work.query;
}

test('prefixes are stripped, added and replaced by whole segments', () => {
  const strip = { prefixes: [{ from: '/a', to: '' }] };
  for (const [asked, path] of [
    ['/a/b', '/b'],
    ['/a', '/'],
    ['/a/', '/'],
    ['/apple', '/apple'],
    ['/b/a', '/b/a'],
    ['/a/a?x', '/a?x'],
    ['*', '*'],
  ] as const) {
    assert.equal(told(strip, asked), path);
  }
  assert.equal(told({ prefixes: [{ from: '', to: '/v1' }] }, '/x/'), '/v1/x/');
  assert.equal(told({ prefixes: [{ from: '/a/b', to: '/c' }] }, '/a/b/d'), '/c/d');
  assert.equal(
    told(
      {
        prefixes: [
          { from: '/a', to: '' },
          { from: '', to: '/z' },
        ],
      },
      '/a/b',
    ),
    '/z/b',
  );
});

test('a pattern replaces what it finds: once, or every time, with its groups', () => {
  const regex = (match: string, to: string, all = false): Partial<RewriteConfig> => ({
    regex: { match, to: target(to), all },
  });
  assert.equal(told(regex('^/item/(\\d+)$', '/i.php?id={1}'), '/item/42?x=1'), '/i.php?id=42&x=1');
  assert.equal(told(regex('^/item/(\\d+)$', '/i.php?id={1}'), '/item/x?x=1'), '/item/x?x=1');
  assert.equal(told(regex('b', 'c'), '/b/b'), '/c/b');
  assert.equal(told(regex('b', 'c', true), '/b/b'), '/c/c');
  assert.equal(told(regex('(b)', '{1}0$1{0}', true), '/b/b'), '/b0$1b/b0$1b');
  assert.equal(told(regex('^.*/', ''), '/a/b'), '/b');
});

test('the whole path, with what the request has; then the query', () => {
  assert.equal(told({ path: target('/site{path}?lang={queryParam:l}') }, '/a?l=de'), '/site/a?lang=de&l=de');
  assert.equal(told({ path: target('/t/{header:X-Tenant}{path}') }, '/a', [['X-Tenant', 'a/b c']]), '/t/a%2Fb%20c/a');
  assert.equal(told({ path: target('/x/{path}') }, '/a//b'), '/x//a//b');
  assert.equal(told({ path: target('/x/{path}') }, '/a/b'), '/x/a/b');
  const query = {
    keep: ['a', 'b', 'c d'],
    remove: ['b'],
    set: [{ name: 'a', value: template('{1}&') }],
    add: [{ name: 'ü', value: template('{host}') }],
  };
  assert.equal(
    told({ regex: { match: '^/(.)', to: target('/{1}'), all: false }, query }, '/x?z=1&a=1&c+d=%20&b=2&%61=3'),
    '/x?c+d=%20&a=x%26&%C3%BC=a.test',
  );
  assert.equal(told({ query: { ...noEdits, remove: ['a'] } }, '/x?a=1'), '/x');
  assert.equal(told({ query: { ...noEdits, remove: ['a'] } }, '/x?'), '/x?');
});

test('what would lead out of the folder is refused, whoever put it together', () => {
  for (const [config, asked, fields] of [
    [{ path: target('/t/{header:X}/a') }, '/', [['X', '..']]],
    [{ path: target('/t/{header:X}/a') }, '/', [['X', '%2e%2e']]],
    [{ path: target('/t/{header:X}') }, '/', [['X', '.']]],
    [{ regex: { match: '^/x(.*)', to: target('/y/{1}'), all: false } }, '/x..', []],
    [{ regex: { match: '^/x(.*)', to: target('/y/{1}'), all: false } }, '/x../../../etc', []],
    [{ regex: { match: 'x', to: target(''), all: true } }, '/a/.x./b', []],
    [{ regex: { match: 'x', to: target('%'), all: true } }, '/a/x2e./b', []],
  ] as const) {
    assert.equal(told(config, asked, fields), 'bad-path', JSON.stringify(config));
  }
});

test('no path begins with two slashes, and each is in the form that paths have', () => {
  assert.equal(told({ prefixes: [{ from: '/a', to: '' }] }, '/a//evil.example/x'), '/evil.example/x');
  assert.equal(told({ regex: { match: '^/x', to: target('/'), all: false } }, '/x/evil.example'), '/evil.example');
  assert.equal(told({ regex: { match: '^/x', to: target('y'), all: false } }, '/x'), '/y');
  const config = { regex: { match: '^/a(.*)$', to: target('{1}/{1}'), all: false } };
  fc.assert(
    fc.property(fc.stringMatching(/^\/a[!-"$->@-~]{0,12}$/), (path) => {
      const result = told(config, path);
      if (result === 'bad-path') return;
      assert.match(result, /^\/(?!\/)/);
      assert.doesNotMatch(result, /\/\.{1,2}(\/|$)/);
    }),
  );
});
