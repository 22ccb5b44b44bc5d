import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRegex, compileRegex } from './linear-regex.ts';

test('test() finds a pattern anywhere, unless it is anchored', () => {
  assert.equal(compileRegex('b+').test('abbc'), true);
  assert.equal(compileRegex('^b').test('abbc'), false);
  assert.equal(compileRegex(String.raw`^/user/\d+$`).test('/user/42'), true);
  assert.equal(compileRegex(String.raw`^/user/\d+$`).test('/user/42/'), false);
});

test('case counts unless it is to be ignored', () => {
  assert.equal(compileRegex('^/App').test('/aPP'), false);
  assert.equal(compileRegex('^/App', { ignoreCase: true }).test('/aPP'), true);
  assert.equal(compileRegex('(?i)^/App').test('/aPP'), true);
});

test('exec() gives the match and its groups', () => {
  const regex = compileRegex('(a)|(?P<name>b)');
  assert.deepEqual([...regex.exec('xb')!], ['b', undefined, 'b']);
  assert.equal(regex.exec('x'), undefined);
});

test('replace() puts groups in for every match', () => {
  assert.equal(compileRegex(String.raw`/(\w+)/(?<id>\d+)`).replace('/a/1/b/2', '/$<id>-$1'), '/1-a/2-b');
  assert.equal(compileRegex('(a)|(b)').replace('ab', '[$1$2$$1]'), '[a$1][b$1]');
  assert.equal(compileRegex('x').replace('a', 'b'), 'a');
});

test('replace() never puts the rest of the text in, which could be a square of it', () => {
  const text = 'a'.repeat(8000);
  assert.equal(compileRegex('a').replace('ba', "$'$`$$`"), "b$'$`$`");
  assert.ok(compileRegex('a').replace(text, '$`').length <= 2 * text.length);
});

test('checkRegex() says in words what the engine does not do', () => {
  assert.equal(checkRegex(String.raw`^/user/(?<id>\d+)$`), undefined);
  assert.match(checkRegex('a(?=b)')!, /ahead or behind/);
  assert.match(checkRegex('(?<!a)b')!, /ahead or behind/);
  assert.match(checkRegex('(?<=a)b')!, /ahead or behind/);
  assert.match(checkRegex(String.raw`(a)\1`)!, /refers back/);
  assert.match(checkRegex(String.raw`(?<a>a)\k<a>`)!, /refers back/);
  assert.match(checkRegex('(a')!, /a \( is not closed/);
  assert.match(checkRegex('[a')!, /a \[ is not closed/);
  assert.match(checkRegex('a)')!, /never opened/);
  assert.match(checkRegex('*')!, /nothing that a \*/);
  assert.match(checkRegex('a**')!, /follows another/);
  assert.match(checkRegex('a\\')!, /ends with a backslash/);
  assert.match(checkRegex(String.raw`\y`)!, /takes none/);
  assert.match(checkRegex('[b-a]')!, /ends before it begins/);
  assert.match(checkRegex('(?<a>x)(?<a>y)')!, /same name/);
  assert.match(checkRegex('a{2000}')!, /over 1000/);
  assert.match(checkRegex('(?x)a')!, /behind \(\?/);
  assert.match(checkRegex('')!, /empty/);
});

test('patterns are bounded, in themselves and written out', () => {
  assert.match(checkRegex('a'.repeat(1001))!, /longer than 1000/);
  assert.match(checkRegex('(a{30}){30}')!, /too large/);
  assert.match(checkRegex('((a{100}){100}){100}')!, /over 1000/);
  assert.match(checkRegex('('.repeat(500) + ')'.repeat(500)) ?? 'too', /too/);
  assert.throws(() => compileRegex('(a{30}){30}'), { name: 'TypeError', message: /too large/ });
});

test('a pattern that takes others exponential time ends', () => {
  const text = `${'a'.repeat(20_000)}!`;
  for (const pattern of ['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '^(([a-z])+.)+[A-Z]([a-z])+$']) {
    assert.equal(compileRegex(pattern).test(text), false, pattern);
    assert.equal(compileRegex(pattern).exec(text), undefined, pattern);
  }
});

test('texts of every kind of sign are taken', () => {
  const regex = compileRegex('^.*$');
  for (const text of ['', '\u0000', 'é', '\uD800', '😀', '\uFFFF']) assert.equal(regex.test(text), true);
});
