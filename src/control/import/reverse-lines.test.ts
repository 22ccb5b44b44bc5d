import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { mergeSpellings } from './merge-spellings.ts';
import { readConfigOf } from './read-config.ts';
import { readReverseLines } from './read-reverse-lines.ts';
import { writeConfig, type ImportOptions } from './write-config.ts';
import { writeReverseLines, type ExportedLines } from './write-reverse-lines.ts';

const options: ImportOptions = { passHost: false, ignoreCase: false, blockNtlm: false, blockNegotiate: false };

function imported(text: string, more: Partial<ImportOptions> = {}): string {
  const { items, problems } = readReverseLines(text);
  assert.deepEqual(problems, []);
  return writeConfig(items, { ...options, ...more });
}

async function exported(yaml: string): Promise<ExportedLines> {
  const read = await readConfigOf(yaml, '/etc/postern/postern.yaml', { environment: {}, instance: '' });
  assert.ok(read.ok, JSON.stringify(read));
  return writeReverseLines(read.config);
}

test('each item becomes a route that says what its flags say', () => {
  const config = imported(
    '/helpdesk,http://10.0.0.9/helpdesk /portal/,http://p/,httpsonly /shop/,http://s/,httpsonly,httpsredirect ' +
      'http://a.test,http://10.0.0.1 https://b.test,http://10.0.0.2 https://c.test,http://10.0.0.3,httpsonly ' +
      'https://d.test,http://10.0.0.4,httpsredirect',
  );
  const routes = config
    .slice(config.indexOf('routes:'))
    .split('\n')
    .filter((line) => !line.trim().startsWith('#'))
    .join('\n');
  assert.equal(
    routes,
    `routes:
  - path: /helpdesk
    to: http://10.0.0.9/helpdesk
  - path: /portal/
    to: http://p/
    https: only
  - path: /shop/
    to: http://s/
    https: redirect
  - host: a.test
    path: /
    to: http://10.0.0.1/
    listeners: [http]
  - host: b.test
    path: /
    to: http://10.0.0.2/
    listeners: [https]
  - host: c.test
    path: /
    to: http://10.0.0.3/
    https: only
  - host: d.test
    path: /
    to: http://10.0.0.4/
    https: redirect
`,
  );
});

test('the settings for all items are options', async () => {
  assert.match(imported('/a/,http://s/'), /hostHeader: server/);
  const all = imported('/a/,http://s/', { passHost: true, ignoreCase: true, blockNtlm: true, blockNegotiate: true });
  assert.match(all, /hostHeader: preserve/);
  assert.match(all, /ignoreCase: true\n {4}translate: \{ blockNtlm: true, blockNegotiate: true \}/);
  const { lines, notes } = await exported(all);
  assert.deepEqual(lines, ['/a/,http://s/']);
  assert.match(notes.join(), /route 1, ignoreCase, translate/);
});

test('names, comments, quotes and lines of a settings file are understood', () => {
  const config = imported('# old\r\napache_reverse = "/a/,http://s/a/\n  /b,http://s/b"\n');
  assert.match(config, /# item 2: \/b,http:\/\/s\/b/);
  assert.doesNotMatch(config, /old/);
});

test('a host and path with slashes that do not agree, or with a path behind the host, get a hint', () => {
  assert.match(imported('/a,http://s/b/'), /hint: path and URL should both end with a slash/);
  assert.match(imported('http://h.test/x,http://s/x'), /hint: a host rarely needs a path/);
});

const mistakes: readonly (readonly [text: string, expected: RegExp])[] = [
  ['', /^Cannot find a definition: the text is empty$/],
  ['/a/,http://s/ /b', /^Cannot read item 2, "\/b": a path and a server belong to it/],
  [',http://s/', /^Cannot read item 1/],
  ['a,http://s/', /the left side: it is neither a path nor a URL/],
  ['/a/../b,http://s/', /the left side: requests never have this form of a path.*"\/b"/],
  ['ftp://h,http://s/', /the left side: it is neither/],
  ['http://h:80,http://s/', /the left side: a host has no port/],
  ['http://h_..x,http://s/', /the left side: it is not a host name/],
  ['/a,s', /the server: it is not a URL/],
  ['/a,http://', /the server: it has no host name/],
  ['/a,http://u:hunter2@s/', /the server: a server has no user name/],
  ['/a,http://s/,httpsOnly', /there is no flag "httpsOnly", the flags are/],
  ['/a,http://s/,', /there is no flag ""/],
  ['/a,http://s/,httpsonly,httpsonly', /the flag httpsonly is there twice/],
  ['http://h,http://s/,httpsredirect', /httpsredirect with an http:\/\/ host leads nowhere, write https:/],
  ['/a,http://s/ /a,http://t/', /^Cannot read item 2, .*item 1 is for the same requests/],
  ['http://h,http://s/ https://H,http://t/,httpsredirect', /^Cannot read item 2, .*item 1/],
];

for (const [text, expected] of mistakes) {
  test(`import refuses ${JSON.stringify(text)}`, () => {
    const { problems } = readReverseLines(text);
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0]!, expected);
    assert.doesNotMatch(problems[0]!, /hunter2/);
  });
}

test('paths that differ in case, and a host by http and by https, are different items', () => {
  assert.deepEqual(readReverseLines('/a,http://s/ /A,http://s/ http://h,http://s/ https://h,http://s/').problems, []);
});

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
const path = fc
  .tuple(fc.array(word, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([words, folder]) => `/${words.join('/')}${folder ? '/' : ''}`);
const url = fc
  .tuple(fc.constantFrom('http', 'https'), word, fc.constantFrom('', ':8080'), fc.option(path, { nil: '/' }))
  .map(([scheme, host, port, rest]) => `${scheme}://${host}.test${port}${rest}`);
const left = fc.oneof(
  fc.tuple(path, fc.constantFrom('', ',httpsonly', ',httpsredirect')),
  fc.tuple(
    word.map((host) => `https://${host}.test`),
    fc.constantFrom('', ',httpsonly', ',httpsredirect'),
  ),
  fc.tuple(
    word.map((host) => `http://${host}.test`),
    fc.constant(''),
  ),
);
const item = fc.tuple(left, url).map(([[from, flag], to]) => ({ from, line: `${from},${to}${flag}` }));

test('what is imported and exported again is what it was', async () => {
  const host = (from: string): string => from.replace(/^https?:/, '');
  const all = fc.uniqueArray(item, { minLength: 1, maxLength: 8, selector: ({ from }) => host(from) });
  await fc.assert(
    fc.asyncProperty(all, async (items) => {
      const lines = items.map(({ line }) => line);
      assert.deepEqual(await exported(imported(lines.join(' '))), { lines, notes: [] });
    }),
    { numRuns: 60 },
  );
});

test('no text makes it throw, and each is read or refused in words', () => {
  const piece = fc.constantFrom(
    '/a',
    ',',
    ' ',
    'http://',
    'https://',
    'x.test',
    'httpsonly',
    '#',
    '"',
    '\n',
    '%',
    '..',
    ':',
    '\u0007',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const { items, problems } = readReverseLines(pieces.join(''));
      assert.ok(items.length + problems.length > 0);
    }),
  );
});

test('export names what the format has no words for, and leaves out what would publish more', async () => {
  const { lines, notes } = await exported(`
listeners: { web: { address: ":80" }, tls: { address: ":443", tls: { certificates: [c.pem] } } }
routes:
  - { path: /pool/, to: one }
  - { path: /kept/, to: http://s, keepPrefix: true }
  - { name: two, path: /two/, to: two }
  - { path: { exact: /x }, to: http://s }
  - { host: "*.a.test", to: http://s }
  - { host: [b.test, c.test], to: http://s, timeouts: { idle: 5s } }
  - { path: /sock/, to: "unix:/run/x.sock" }
  - { path: /plain/, listeners: [web], to: http://s }
  - { path: /secure/, listeners: [tls], to: http://s }
  - { path: "/a,b/", to: http://s }
  - { path: /cert/, to: http://s, clientCertificate: require }
pools:
  one: { servers: [http://one:81] }
  two: { servers: [http://a, http://b] }
`);
  assert.deepEqual(lines, [
    '/pool/,http://one:81/pool/',
    '/kept/,http://s/kept/',
    'http://b.test,http://s/',
    'https://b.test,http://s/',
    'http://c.test,http://s/',
    'https://c.test,http://s/',
    '/secure/,http://s/,httpsonly',
  ]);
  assert.deepEqual(notes, [
    'Cannot write route 3 (two): the pool two has several servers',
    'Cannot write route 4: its path is not a folder or prefix',
    'Cannot write route 5: a host with * has no form there',
    'Written without what the format has no words for: route 6, timeouts',
    'Cannot write route 7: a unix socket has no form there',
    'Cannot write route 8: a path there is for https too',
    'Cannot write route 10: there is a comma in a path',
    'Cannot write route 11: it asks for client certificates',
  ]);
});

test('without regard to case a path that was mapped in two spellings is one, unless it leads to two servers', () => {
  const { items } = readReverseLines('/Owa/,http://s/owa/ /owa/,http://s/OWA/ /ecp/,http://s/ecp/');
  assert.deepEqual(
    mergeSpellings(items).items.map(({ number }) => number),
    [1, 3],
  );
  const other = readReverseLines('/Owa/,http://s/owa/ /owa/,http://t/owa/').items;
  assert.match(mergeSpellings(other).problems.join(), /^Cannot read item 2: without regard to case item 1/);
});
