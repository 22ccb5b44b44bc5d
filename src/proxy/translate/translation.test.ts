import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { translated, translatedAll, type Given } from './fixtures.test.ts';

type Case = readonly [location: string, expected: string, given?: Given];

function cases(name: string, list: readonly Case[]): void {
  for (const [location, expected, given] of list) {
    test(`${name}: ${location} is ${expected} ${given ? JSON.stringify(given) : ''}`, () => {
      assert.equal(translated('Location', location, given), expected);
    });
  }
}

cases('the server as it is called inside', [
  ['http://10.0.0.8:8080/login', 'https://www.example.com/app/login'],
  ['HTTP://10.0.0.8:8080/login?a=b#c', 'https://www.example.com/app/login?a=b#c'],
  ['https://10.0.0.8:8080/login', 'https://www.example.com/app/login'],
  ['http://10.0.0.8/', 'https://www.example.com/app/'],
  ['http://10.0.0.8:8080', 'https://www.example.com/app/'],
  ['http://10.0.0.8:8080?x', 'https://www.example.com/app/?x'],
  ['//10.0.0.8:8080/x', '//www.example.com/app/x'],
  ['http:\\\\10.0.0.8:8080\\x', 'https://www.example.com/app/x'],
  ['http://user:secret@10.0.0.8:8080/x', 'https://www.example.com/app/x'],
  ['http://app.internal:9000/x', 'https://www.example.com/app/x', { sent: 'app.internal:9000' }],
  ['http://app.internal./x', 'https://www.example.com/app/x', { sent: 'app.internal' }],
  ['http://[fd00::8]:8080/x', 'https://www.example.com/app/x', { server: '[fd00::8]:8080' }],
  ['http://10.0.0.8:8080/x', 'http://[::1]:8443/app/x', { authority: '[::1]:8443', scheme: 'http' }],
  ['http://10.0.0.8:8080/x', '/app/x', { authority: '' }],
  // Without a mapping of paths only the name changes.
  ['http://10.0.0.8:8080/x', 'https://www.example.com/x', { replace: 'keep' }],
  ['http://10.0.0.8:8080', 'https://www.example.com', { replace: 'keep' }],
  // Another port of the same machine is another service.
  ['http://10.0.0.8:9090/x', 'http://10.0.0.8:9090/x'],
]);

cases('the server under the public name', [
  ['http://www.example.com/x', 'https://www.example.com/app/x'],
  ['http://WWW.example.com/app/x', 'https://www.example.com/app/x'],
  ['http://www.example.com:8080/x', 'https://www.example.com/app/x'],
  ['https://www.example.com:8080/x', 'https://www.example.com/app/x'],
  ['http://www.example.com/x', 'https://www.example.com:8443/app/x', { authority: 'www.example.com:8443' }],
  ['http://www.example.com:8080/x', 'http://www.example.com/app/x', { scheme: 'http' }],
  // So an application sends its users to https: it must not come back as http.
  ['https://www.example.com/x', 'https://www.example.com/x', { scheme: 'http' }],
  ['https://www.example.com:9443/x', 'https://www.example.com:9443/x'],
]);

cases('others', [
  ['https://login.example.org/x', 'https://login.example.org/x'],
  ['http://10.0.0.80:8080/', 'http://10.0.0.80:8080/'],
  ['login', 'login'],
  ['../login', '../login'],
  ['?a', '?a'],
  ['', ''],
  ['#x', '#x'],
  ['mailto:a@10.0.0.8', 'mailto:a@10.0.0.8'],
  ['/\\elsewhere.example', '/\\elsewhere.example'],
  ['http://10.0.0.8:99999/x', 'http://10.0.0.8:99999/x'],
  ['http://[::1/x', 'http://[::1/x'],
  ['http:///', 'http:///'],
  ['http:', 'http:'],
]);

cases('paths', [
  ['/login', '/app/login'],
  ['/', '/app/'],
  ['/app/login', '/app/login'],
  ['/app', '/app'],
  ['/apple', '/app/apple'],
  ['/login', '/app/login', { path: '/app' }],
  ['/', '/app/', { path: '/app' }],
  ['/v1/x', '/app/x', { replace: '/v1/' }],
  ['/v1', '/app/', { replace: '/v1/' }],
  ['/v1?q', '/app/?q', { replace: '/v1' }],
  ['/v1', '/app', { path: '/app', replace: '/v1' }],
  ['/v10/x', '/v10/x', { replace: '/v1/' }],
  ['/other', '/other', { replace: '/v1/' }],
  // One prefix within the other: the longer decides.
  ['/app/v1/x', '/app/x', { replace: '/app/v1/' }],
  ['/app/x', '/app/x', { replace: '/app/v1/' }],
  ['/app/v1/x', '/app/v1/x', { path: '/app/v1/', replace: '/app/' }],
  ['/app/x', '/app/v1/x', { path: '/app/v1/', replace: '/app/' }],
  ['/v1/x', '/x', { path: '/', replace: '/v1/' }],
  ['/auth/', '/login', { path: '=/login', replace: '/auth/' }],
  ['/auth/?a', '/login?a', { path: '=/login', replace: '/auth/' }],
  ['/auth/x', '/auth/x', { path: '=/login', replace: '/auth/' }],
]);

const proxied = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'shop.example', 'X-Forwarded-Prefix': '/ext' };

cases('behind a trusted proxy', [
  ['http://10.0.0.8:8080/x', 'https://shop.example/app/x', { scheme: 'http', trusted: proxied }],
  ['/x', '/app/x', { scheme: 'http', trusted: proxied }],
  ['/ext/app/x', '/ext/app/x', { scheme: 'http', trusted: proxied }],
  [
    'http://10.0.0.8:8080/x',
    'http://www.example.com/app/x',
    { scheme: 'http', trusted: { 'X-Forwarded-Host': 'a"b' } },
  ],
]);

test('Content-Location, Refresh and every reference of Link are translated, and what is round them stays', () => {
  const fields: [string, string][] = [
    ['content-location', '/a'],
    ['Refresh', '5; url=http://10.0.0.8:8080/b'],
    ['Refresh', '5;URL = "/c"; x'],
    ['Refresh', '0, /d'],
    ['Refresh', '30'],
    ['Link', '</e>; rel="x<y>,z", <http://10.0.0.8:8080/f>; rel=next,<g>'],
    ['Link', '</h'],
    ['X-Other', '/i'],
  ];
  assert.deepEqual(
    translatedAll(fields).map(([, value]) => value),
    [
      '/app/a',
      '5; url=https://www.example.com/app/b',
      '5;URL = "/app/c"; x',
      '0, /app/d',
      '30',
      '</app/e>; rel="x<y>,z", <https://www.example.com/app/f>; rel=next,<g>',
      '</h',
      '/i',
    ],
  );
});

test('what a route has switched off stays', () => {
  const off = { translate: { locations: false, cookies: false } };
  assert.equal(translated('Location', 'http://10.0.0.8:8080/', off), 'http://10.0.0.8:8080/');
  assert.equal(translated('Link', '</a>', off), '</a>');
  assert.equal(translated('Set-Cookie', 'a=b; Path=/', off), 'a=b; Path=/');
});

const junk = fc.string({
  unit: fc.constantFrom(...'/\\:@[]?#;,=<>"\' a8.%', 'http://', '10.0.0.8', 'url=', 'Path=', '; ', 'Domain=', 'NTLM '),
  maxLength: 60,
});

test('no value makes it throw, and nothing of it is lost in a second round', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('Location', 'Refresh', 'Link', 'Set-Cookie', 'WWW-Authenticate'),
      junk,
      fc.boolean(),
      (name, value, blocks) => {
        const given: Given = { translate: { blockNtlm: blocks } };
        const once = translated(name, value, given);
        if (once !== undefined) assert.equal(translated(name, once, given), once);
      },
    ),
    { numRuns: 3000 },
  );
});

test('no URL that names the server, however it is written, shows its name or port', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('http', 'https', 'HTTP'),
      fc.constantFrom('', 'user@', 'a:b@'),
      fc.constantFrom('10.0.0.8:8080', '10.0.0.8', 'App.Internal:9000', 'app.internal.'),
      fc.webPath(),
      (scheme, user, host, path) => {
        const shown = translated('Location', `${scheme}://${user}${host}${path}`, { sent: 'app.internal:9000' })!;
        assert.ok(shown.startsWith('https://www.example.com/app/'), shown);
      },
    ),
  );
});

test('values of many bytes take linear time', () => {
  for (const piece of [' ', '/', '\\', '<', '"', ';', ',', '@', ':', '[', '=', 'http://', '; Path=/', '<a>,']) {
    const value = piece.repeat(8192);
    for (const name of ['Location', 'Refresh', 'Link', 'Set-Cookie', 'WWW-Authenticate']) {
      translated(name, `5${value}`, { translate: { blockNtlm: true } });
      translated(name, value, { translate: { blockNtlm: true } });
    }
  }
});

const named: Given = { translate: { names: ['app.internal', 'old.internal:8443'] } };

cases('names from the config', [
  ['http://app.internal:1234/x', 'https://www.example.com/app/x', named],
  ['https://app.internal/x', 'https://www.example.com/app/x', named],
  ['http://old.internal:8443/x', 'https://www.example.com/app/x', named],
  ['http://old.internal/x', 'http://old.internal/x', named],
]);
