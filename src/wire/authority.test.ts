import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAuthority } from './authority.ts';
import { refuses } from './http1/fixtures.test.ts';

test('parseAuthority() takes names and addresses, with and without port', () => {
  const cases: [string, string, number | undefined][] = [
    ['example.com', 'example.com', undefined],
    ['Example.COM:8080', 'example.com', 8080],
    ['example.com.', 'example.com', undefined],
    ['example.com.:443', 'example.com', 443],
    ['127.0.0.1:1', '127.0.0.1', 1],
    ['my_host-1:65535', 'my_host-1', 65535],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example', undefined],
    ['[::1]', '::1', undefined],
    ['[2001:DB8::1]:8443', '2001:db8::1', 8443],
    ['a:00080', 'a', 80],
  ];
  for (const [text, host, port] of cases) assert.deepEqual(parseAuthority(text), { host, port }, text);
});

test('parseAuthority() refuses what is no host or no port', () => {
  const bad = [
    ...['', ':80', '.', '..', '.a', 'a..b', 'a..', 'a'.repeat(256)],
    ...['a:', 'a:0', 'a:65536', 'a:-1', 'a:+1', 'a:8o', 'a:1:2', 'a:000080', 'a: 80', `a:${'9'.repeat(400)}`],
    ...['user@a', 'user:pw@a', 'a/b', 'a?b', 'a#b', 'a b', ' a', 'a,b', 'a%2e', '*.a', 'a\\b', 'bücher.example', 'a\0'],
    ...[
      '[::1',
      '::1',
      '[]',
      '[::1]x',
      '[::1]:',
      '[::1%eth0]',
      '[127.0.0.1]',
      '[::g]',
      '[',
      '[]]',
      '[[::1]]',
      'a[::1]',
      ']',
    ],
  ];
  for (const text of bad) refuses('bad-host', () => parseAuthority(text), text);
});

test('parseAuthority() gives a host without capitals, dots at its ends, brackets or colons of a port', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'B', '.', ':', '8', '[', ']', '-', '@', '\xfc') });
  fc.assert(
    fc.property(text, (authority) => {
      let host: string;
      try {
        ({ host } = parseAuthority(authority));
      } catch (error) {
        return refuses('bad-host', () => {
          throw error;
        });
      }
      assert.match(host, /^(?!\.)[a-b8.:-]+(?<!\.)$/);
      assert.equal(host.includes(':'), authority.startsWith('['));
    }),
  );
});
