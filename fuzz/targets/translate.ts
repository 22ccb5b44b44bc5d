import assert from 'node:assert/strict';

import { Headers } from '../../src/core/headers.ts';
import { normalisePath } from '../../src/wire/path.ts';
import { exchangeOf, translatedAll, type Given } from '../../src/proxy/translate/fixtures.test.ts';
import { mapDestination } from '../../src/proxy/translate/map-destination.ts';
import type { Random } from '../engine/random.ts';
import { plainTarget, type Target } from '../engine/target.ts';
import { fieldText } from './field-text.ts';
import { checkFields } from './request-head.ts';

const fields = [
  'Location',
  'Content-Location',
  'Refresh',
  'Link',
  'Set-Cookie',
  'WWW-Authenticate',
  'X-Other',
] as const;

const about = {
  name: 'translate',
  about:
    'what a server says of itself becomes a field again, foreign addresses and cookies stay, and no destination leaves its route',
  seeds: () => [
    'http://10.0.0.8:8080/login?a=b#c',
    '//10.0.0.8:8080/x',
    '/app/../x',
    '5; url="/next"',
    '</a>; rel=preload, <http://10.0.0.8:8080/b>; title="<x>"',
    'sid=1; Path=/; Domain=10.0.0.8; SameSite=None; Secure',
    '__Host-a="b;c"; path=/x; expires=Thu, 01 Jan 2026 00:00:00 GMT',
    'Negotiate, Basic realm="a, NTLM"',
    'https://www.example.com/app/x',
  ],
  words: [
    ...[
      'http://',
      'https://',
      'HTTP:',
      '//',
      '\\\\',
      '/',
      '\\',
      '/app/',
      '/app',
      '10.0.0.8',
      '10.0.0.8:8080',
      ':8080',
      'www.example.com',
      '@',
      'user:pw@',
    ],
    ...[
      '[::1]',
      '..',
      '..\t',
      '/../',
      '%2e%2e',
      '?',
      '#',
      ';',
      ',',
      '"',
      "'",
      '<',
      '>',
      '=',
      'url=',
      'URL =',
      'Path=',
      '; Path=/',
      '; Domain=',
      'Secure',
      'SameSite=None',
    ],
    ...['NTLM', 'Negotiate', 'Basic realm="x"', ' ', '\t', '\xe4', '5;', '0', '.'],
  ],
};

export const translate: Target = plainTarget(about, (input, random) => {
  const value = fieldText(input.toString('latin1'));
  const given = givenBy(random);
  const sent = fields.map((name) => [name, value] as const);
  const got = translatedAll(sent, given);
  const headers = new Headers();
  for (const [name, text] of got) headers.add(name, text.replace(/^[ \t]+|[ \t]+$/g, ''));
  checkFields(headers);
  for (const [name, text] of got) checkOne(name, text, value, given);
  checkDestination(value, random, given);
});

function checkOne(name: string, text: string, value: string, given: Given): void {
  if (name === 'X-Other') assert.equal(text, value, 'a field that says nothing of the server');
  if (name === 'Set-Cookie') assert.ok(text.startsWith(value.split(';', 1)[0]!), 'name and value of a cookie');
  assert.ok(text.length <= value.length * 40 + 200, `${name} grows`);
  // Where nothing in it names a host, and paths are the same outside and inside, there is nothing to change.
  if (
    given.replace === 'keep' &&
    /^\/(?![/\\])[^<>;]*$/.test(value) &&
    name !== 'WWW-Authenticate' &&
    name !== 'Set-Cookie'
  )
    assert.equal(text, value, `${name} changes for nothing`);
}

function givenBy(random: Random): Given {
  return {
    scheme: random.pick(['http', 'https']),
    path: random.pick(['/app/', '/app', '=/app', '/']),
    replace: random.pick(['keep', '/', '/inner/', '/app/app/']),
    translate: {
      blockNtlm: random.oneIn(2),
      blockNegotiate: random.oneIn(2),
      names: random.oneIn(2) ? ['inner.test'] : [],
    },
  };
}

/** What a server is told to write to lies below the path that the route has there. */
function checkDestination(value: string, random: Random, given: Given): void {
  const headers = new Headers();
  headers.add('Destination', value);
  const inner = random.pick(['/inner/', '/']);
  const failure = mapDestination(headers, exchangeOf({ ...given, path: '/app/' }), {
    origin: 'http://10.0.0.8:8080',
    toServerPath(path) {
      const normal = normalisePath(path, { mergeSlashes: true });
      return normal.startsWith('/app/') ? inner + normal.slice(5) : undefined;
    },
  });
  if (failure !== undefined) return assert.equal(failure.code, 'destination-denied');
  const url = new URL(headers.values[0]!);
  assert.equal(url.host, '10.0.0.8:8080', 'another host');
  assert.ok(url.pathname.startsWith(inner), `out of the route: ${url.pathname}`);
}
