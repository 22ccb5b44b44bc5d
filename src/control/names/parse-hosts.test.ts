import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseHosts } from './parse-hosts.ts';

test('parseHosts() reads names, aliases, both families and comments', () => {
  const table = parseHosts(
    ['# a comment', '192.0.2.1 app.test APP2.test. # more', '  2001:db8::1\tapp.test', '192.0.2.1 app.test', ''].join(
      '\n',
    ),
  );
  assert.deepEqual(
    [...table],
    [
      ['app.test', ['192.0.2.1', '2001:db8::1']],
      ['app2.test', ['192.0.2.1']],
    ],
  );
});

test('parseHosts() leaves out what is no line of a hosts file', () => {
  assert.equal(parseHosts('300.1.1.1 a\nname only\n192.0.2.1\n\u0000\u0001\n999\r\n').size, 0);
});

test('parseHosts() takes CRLF', () => {
  assert.deepEqual(parseHosts('192.0.2.1 a b\r\n192.0.2.2 c\r\n').get('b'), ['192.0.2.1']);
});

test('parseHosts() bounds the addresses of one name', () => {
  const lines = Array.from({ length: 200 }, (_, i) => `192.0.2.${i} a`);
  assert.equal(parseHosts(lines.join('\n')).get('a')?.length, 64);
});
