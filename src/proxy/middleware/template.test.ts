import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import type { TlsFacts } from '../exchange.ts';
import { clientOf, headersOf } from '../fixtures.test.ts';
import { askFor, template, workOf } from './fixtures.test.ts';
import { compileFieldTemplate, compileUrlTemplate } from './template.ts';

const tls: TlsFacts = {
  version: 'TLSv1.3',
  cipher: 'x',
  serverName: 'a.test',
  resumed: false,
  clientCertificate: {
    valid: true,
    problem: undefined,
    subject: 'CN=Jürgen\nX: y',
    issuer: '',
    serial: '',
    fingerprint: '',
    der: '',
  },
};

function field(text: string, work = askFor('/a/b?c=d')): string {
  return compileFieldTemplate(template(text))(work);
}

test('every variable stands for what the request has, or for nothing', () => {
  const work = workOf({
    clientAddress: '192.0.2.1',
    scheme: 'https',
    target: { path: '/a', query: '?x=1&y=%20z&x=2', raw: '' },
    headers: headersOf(['Cookie', 'a=1; b=2'], ['cookie', 'c=3'], ['X-Two', '1'], ['x-two', '2']),
    client: clientOf({ tls }),
  });
  const cases: readonly (readonly [string, string])[] = [
    ['{host}|{path}|{query}|{method}|{scheme}', 'a.test|/a|?x=1&y=%20z&x=2|GET|https'],
    ['{clientAddress}|{requestId}|{route}|{listener}', '192.0.2.1|id-1||web'],
    ['{tls.version}|{tls.serverName}', 'TLSv1.3|a.test'],
    ['{header:x-TWO}|{header:none}', '1, 2|'],
    ['{cookie:a}|{cookie:b}|{cookie:c}|{cookie:d}', '1|2|3|'],
    ['{queryParam:x}|{queryParam:y}|{queryParam:z}', '1|%20z|'],
    ['{1}', ''],
    ['', ''],
  ];
  for (const [text, value] of cases) assert.equal(field(text, work), value, text);
  const plain = workOf();
  assert.equal(field('{tls.version}|{clientCertificate.subject}|{query}', plain), '||');
});

test('a subject is UTF-8 without what would end the field, and only that of a valid certificate', () => {
  const subject = (valid: boolean): string => {
    const facts = { ...tls, clientCertificate: { ...tls.clientCertificate!, valid } };
    return field('{clientCertificate.subject}', workOf({ client: clientOf({ tls: facts }) }));
  };
  assert.equal(subject(true), 'CN=J\u00c3\u00bcrgenX: y');
  assert.equal(subject(false), '');
});

test('no request can put a line end into a field, nor a space or control character into a URL', () => {
  const [value, url] = [compileFieldTemplate, compileUrlTemplate].map((compile) =>
    compile(template('/{path}{query}{header:X}{cookie:a}{1}{route}')),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (odd, other) => {
      const work = askFor(`/${odd}?${other}`, [
        ['X', other],
        ['Cookie', `a=${odd}`],
      ]);
      // oxlint-disable-next-line no-control-regex
      assert.doesNotMatch(value!(work, [odd, other]), /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/);
      assert.match(url!(work, [odd, other]), /^[\x21-\x7e]*$/);
    }),
  );
});

test('in a URL a value stays where it stands', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['https://{host}/{header:X}', 'https://a.test/a%2F..%3Fb%23c%26d%20%25'],
    ['https://a{path}{query}', 'https://a/p%5B%20/q?x=1&y'],
    ['/x?next={path}&v={header:X}', '/x?next=/p%5B%20/q&v=a%2F..%3Fb%23c%26d%20%25'],
    ['/{1}/x?q={1}', '/g%20/h&i%3F/x?q=g%20/h%26i?'],
  ];
  for (const [text, url] of cases) {
    const work = askFor('/p[%20/q?x=1&y', [['X', 'a/..?b#c&d %']]);
    assert.equal(compileUrlTemplate(template(text))(work, ['', 'g%20/h&i?']), url);
  }
  const value = compileUrlTemplate(template('a b&c={host}{1}'), 'value');
  assert.equal(value(askFor('/'), ['', 'x%20&']), 'a%20b%26c%3Da.testx%20%26');
});

test('an IPv6 host has its brackets, and the path of a server-side URL is the one that is there by then', () => {
  const work = workOf({ host: '::1' }, { path: '/later', query: '?later' });
  assert.equal(compileUrlTemplate(template('https://{host}{path}'))(work), 'https://[::1]/');
  assert.equal(compileUrlTemplate(template('{path}{query}'), 'url', 'server')(work), '/later?later');
});
