import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Headers } from '../../core/headers.ts';
import { AddressSet, isAddress, normaliseAddress } from '../../core/ip.ts';
import type { ClientConnection } from '../exchange.ts';
import { listenerPlan } from '../fixtures.test.ts';
import { clientAddressOf } from './client-address.ts';

const trusted = new AddressSet(['10.0.0.0/8', '2001:db8:ffff::/48']);

function clientOf(address: string, isTrusted = trusted.has(address)): ClientConnection {
  return {
    id: 1,
    listener: 'web',
    plan: listenerPlan(),
    address,
    port: 4711,
    localPort: 80,
    trusted: isTrusted,
    tls: undefined,
    onClose: () => {},
  };
}

function headersOf(fields: readonly (readonly [string, string])[]): Headers {
  const headers = new Headers();
  for (const [name, value] of fields) headers.add(name, value);
  return headers;
}

const peer = '10.0.0.1';

/** X-Forwarded-For from a trusted peer, its lines from first to last, and who the client is. */
const lists: readonly (readonly [readonly string[], string])[] = [
  [[], peer],
  [['192.0.2.1'], '192.0.2.1'],
  [['192.0.2.1, 192.0.2.2'], '192.0.2.2'],
  [['192.0.2.1, 10.0.0.2'], '192.0.2.1'],
  [['192.0.2.1, 192.0.2.2, 10.0.0.3, 10.0.0.2'], '192.0.2.2'],
  [['192.0.2.1,192.0.2.2,10.0.0.2'], '192.0.2.2'],
  [['192.0.2.1 ,\t192.0.2.2\t, 10.0.0.2 '], '192.0.2.2'],
  [['192.0.2.1', '192.0.2.2'], '192.0.2.2'],
  [['192.0.2.1', '192.0.2.2, 10.0.0.2', '10.0.0.3'], '192.0.2.2'],
  [['192.0.2.1', '', '10.0.0.3'], '192.0.2.1'],
  // All are trusted: the first of them is as far as we know.
  [['10.0.0.9, 10.0.0.2'], '10.0.0.9'],
  // Ports and brackets
  [['192.0.2.1:4711'], '192.0.2.1'],
  [['192.0.2.1, 10.0.0.2:80'], '192.0.2.1'],
  [['[2001:db8::1]:4711'], '2001:db8::1'],
  [['[2001:db8::1]'], '2001:db8::1'],
  [['2001:db8::1'], '2001:db8::1'],
  [['2001:DB8:0:0::1'], '2001:db8::1'],
  [['2001:db8::1, 2001:db8:ffff::2'], '2001:db8::1'],
  [['2001:db8::1, [2001:db8:ffff::2]:443'], '2001:db8::1'],
  [['::ffff:192.0.2.1'], '192.0.2.1'],
  [['192.0.2.1, ::ffff:10.0.0.2'], '192.0.2.1'],
  [['[::ffff:192.0.2.1]:1'], '192.0.2.1'],
  [['fe80::1%eth0'], 'fe80::1'],
  // Empty elements are none
  [['192.0.2.1,, ,10.0.0.2,'], '192.0.2.1'],
  [[''], peer],
  [[',,,'], peer],
  // What is no address ends the walk at the last good one.
  [['garbage'], peer],
  [['192.0.2.1, garbage'], peer],
  [['192.0.2.1, unknown, 10.0.0.2'], '10.0.0.2'],
  [['192.0.2.1, _hidden, 10.0.0.3, 10.0.0.2'], '10.0.0.3'],
  [['192.0.2.1, 192.0.2.256, 10.0.0.2'], '10.0.0.2'],
  [['192.0.2.1, 192.0.2.01'], peer],
  [['192.0.2.1, 192.0.2.2:'], peer],
  [['192.0.2.1, 192.0.2.2:http'], peer],
  [['192.0.2.1, 192.0.2.2:123456'], peer],
  [['192.0.2.1, [2001:db8::1'], peer],
  [['192.0.2.1, [2001:db8::1]x'], peer],
  [['192.0.2.1, [192.0.2.2]:80'], peer],
  [['192.0.2.1, []:80'], peer],
  [['192.0.2.1, 192.0.2.2 192.0.2.3'], peer],
  [['192.0.2.1, "192.0.2.2"'], peer],
  [[`192.0.2.1, fe80::1%${'x'.repeat(60)}`], peer],
  [['192.0.2.1, for=192.0.2.2'], peer],
  [[`192.0.2.1, ${'1'.repeat(5000)}`], peer],
  // A client's open quote changes nothing of what a proxy wrote behind it.
  [['"192.0.2.1, 192.0.2.2, 10.0.0.2'], '192.0.2.2'],
  [['"', '192.0.2.2'], '192.0.2.2'],
];

test('from a trusted peer X-Forwarded-For is walked from the right', () => {
  for (const [lines, expected] of lists) {
    const headers = headersOf(lines.map((line) => ['X-Forwarded-For', line]));
    assert.equal(clientAddressOf(headers, clientOf(peer), trusted), expected, JSON.stringify(lines).slice(0, 100));
  }
});

test('from a peer that is not trusted nothing is believed', () => {
  for (const [lines] of lists) {
    const headers = headersOf(lines.map((line) => ['X-Forwarded-For', line]));
    headers.add('Forwarded', 'for=192.0.2.77');
    assert.equal(clientAddressOf(headers, clientOf('203.0.113.7'), trusted), '203.0.113.7');
    assert.equal(clientAddressOf(headers, clientOf('unix'), trusted), 'unix');
  }
});

/** RFC 7239 `Forwarded` from a trusted peer without X-Forwarded-For. */
const forwarded: readonly (readonly [readonly string[], string])[] = [
  [['for=192.0.2.1'], '192.0.2.1'],
  [['For=192.0.2.1;proto=https'], '192.0.2.1'],
  [['proto=https;host="example.com";FOR="192.0.2.1:4711"'], '192.0.2.1'],
  [['for="[2001:db8::1]:4711"'], '2001:db8::1'],
  [['for="[2001:db8::1]"'], '2001:db8::1'],
  [['for=192.0.2.1, for=192.0.2.2;by=10.0.0.2, for=10.0.0.3'], '192.0.2.2'],
  [['for=192.0.2.1', 'for=10.0.0.3;host="a,b;c=d"'], '192.0.2.1'],
  [['for=192.0.2.1 ; proto=http , for=10.0.0.3 ;host="a"'], '192.0.2.1'],
  [['for=unknown, for=10.0.0.3'], '10.0.0.3'],
  [['for=_hidden'], peer],
  [['for="_gazonk"'], peer],
  [['for='], peer],
  [['for'], peer],
  [['proto=https'], peer],
  [[''], peer],
  [['for=192.0.2.1;for=192.0.2.2'], peer],
  [['for=192.0.2.1;'], peer],
  [['for="192.0.2.1'], peer],
  [['for="192.0.2.1"x'], peer],
  [['for=192.0.2.1"'], peer],
  [['for="192.0.2.\\1"'], peer],
  [['for=192.0.2.1;host="a\\"b"'], peer],
  [['for=192.0.2.1;host="a\\b"'], peer],
  [['192.0.2.1'], peer],
  // A client's open quote in front
  [['for="192.0.2.1, for=192.0.2.2, for=10.0.0.3;proto=http'], '192.0.2.2'],
  [['for=192.0.2.9;host="', 'for="192.0.2.2:1"'], '192.0.2.2'],
];

test('from a trusted peer without X-Forwarded-For, Forwarded is walked from the right', () => {
  for (const [lines, expected] of forwarded) {
    const headers = headersOf(lines.map((line) => ['Forwarded', line]));
    assert.equal(clientAddressOf(headers, clientOf(peer), trusted), expected, JSON.stringify(lines));
  }
});

test('Forwarded is not read where X-Forwarded-For is there, even an empty one', () => {
  const both = headersOf([
    ['Forwarded', 'for=192.0.2.66'],
    ['x-forwarded-for', '192.0.2.1'],
  ]);
  assert.equal(clientAddressOf(both, clientOf(peer), trusted), '192.0.2.1');
  const empty = headersOf([
    ['Forwarded', 'for=192.0.2.66'],
    ['x-forwarded-for', ''],
  ]);
  assert.equal(clientAddressOf(empty, clientOf(peer), trusted), peer);
});

test('a trusted unix socket is a peer like any other', () => {
  const client = clientOf('unix', true);
  assert.equal(clientAddressOf(headersOf([]), client, trusted), 'unix');
  assert.equal(clientAddressOf(headersOf([['X-Forwarded-For', '192.0.2.1, 10.0.0.2']]), client, trusted), '192.0.2.1');
});

test('the walk ends after 32 elements, empty ones counted', () => {
  const chain = (trustedOnes: number): Headers =>
    headersOf([['X-Forwarded-For', `192.0.2.1${', 10.0.0.2'.repeat(trustedOnes)}`]]);
  assert.equal(clientAddressOf(chain(31), clientOf(peer), trusted), '192.0.2.1');
  assert.equal(clientAddressOf(chain(32), clientOf(peer), trusted), '10.0.0.2');
  const commas = headersOf([['X-Forwarded-For', `192.0.2.1${','.repeat(8000)}`]]);
  assert.equal(clientAddressOf(commas, clientOf(peer), trusted), peer);
});

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.nat(255).map((n) => `10.0.0.${n}`),
);

test('whatever a client puts in front, what the proxies wrote behind it decides', () => {
  const outside = address.filter((text) => !trusted.has(text));
  const inside = fc.array(
    fc.nat(255).map((n) => `10.1.0.${n}`),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(
      fc.string(),
      outside,
      inside,
      fc.constantFrom('X-Forwarded-For', 'Forwarded'),
      (junk, client, proxies, name) => {
        const words = [client, ...proxies].map((text) => {
          if (name !== 'Forwarded') return text;
          return text.includes(':') ? `for="[${text}]"` : `for=${text}`;
        });
        const expected = normaliseAddress(client);
        const joined = headersOf([[name, [junk, ...words].join(', ')]]);
        assert.equal(clientAddressOf(joined, clientOf(peer), trusted), expected);
        const apart = headersOf([junk, ...words].map((word) => [name, word]));
        assert.equal(clientAddressOf(apart, clientOf(peer), trusted), expected);
      },
    ),
  );
});

test('the answer is an address, whatever the fields say', () => {
  const value = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(address, fc.string(), fc.constantFrom(';', '"', 'for=', '[', ':1'))).map((all) => all.join(',')),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('X-Forwarded-For', 'Forwarded'), value), { maxLength: 4 }),
      (fields) => {
        const found = clientAddressOf(headersOf(fields), clientOf(peer), trusted);
        assert.ok(isAddress(found));
        assert.equal(found, normaliseAddress(found));
      },
    ),
  );
});
