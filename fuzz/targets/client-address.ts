import assert from 'node:assert/strict';

import { Headers } from '../../src/core/headers.ts';
import { AddressSet, isAddress, normaliseAddress } from '../../src/core/ip.ts';
import { clientAddressOf } from '../../src/proxy/forwarding/client-address.ts';
import { readFor, writeElement, writeNode } from '../../src/proxy/forwarding/forwarded-element.ts';
import { isHost } from '../../src/proxy/forwarding/field-values.ts';
import type { ClientConnection } from '../../src/proxy/exchange.ts';
import { plainTarget, type Target } from '../engine/target.ts';
import { fieldText } from './field-text.ts';

const about = {
  name: 'client-address',
  about: 'what a client puts in front of X-Forwarded-For or Forwarded changes nothing that trusted proxies said',
  seeds: () => [
    '1.2.3.4, 10.0.0.1',
    'unknown\n"x, 9.9.9.9',
    'for="[2001:db8::1]:443";proto=https\nfor=1.2.3.4',
    'for=_hidden;by=10.0.0.1, for=8.8.8.8',
  ],
  words: [
    ...[
      ',',
      ', ',
      '"',
      '""',
      ';',
      '=',
      'for=',
      'For=',
      'by=',
      'host=',
      'proto=http',
      'for="[::1]"',
      '1.2.3.4',
      '10.0.0.1',
      '::1',
      '[::1]:80',
    ],
    ...['unknown', '_x', '\\"', '\\', '\n', '::ffff:10.0.0.1', '%eth0', ':80', '\t', '\xe4'],
  ],
};

const trusted = new AddressSet(['10.0.0.0/8', '::1/128']);
const timeouts = { headMs: 1, bodyIdleMs: 1, bodyMinRate: 0, keepAliveMs: 1, writeMs: 1, tunnelIdleMs: 1 };
const proxy: ClientConnection = {
  ...{ id: 1, listener: 'web', address: '10.0.0.9', port: 1, localPort: 443, trusted: true, tls: undefined },
  plan: { timeouts },
  onClose: () => undefined,
};

export const clientAddress: Target = plainTarget(about, (input, random) => {
  // Two lines of the field, as a client wrote them; what the proxies in front of us add comes behind.
  const lines = input.toString('latin1').split('\n').map(fieldText).slice(0, 3);
  const isList = random.oneIn(2);
  const name = isList ? 'X-Forwarded-For' : 'Forwarded';
  const address = addressFor(name, lines);
  assert.ok(isAddress(address) && normaliseAddress(address) === address, 'no address');
  for (const own of ['203.0.113.7', '2001:db8::7']) {
    const ours = isList ? own : writeElement(writeNode(own, 0), 'a.test', 'https');
    const behind = isList ? '10.1.1.1' : 'for=10.1.1.1';
    assert.equal(addressFor(name, [...lines, ours, behind]), own, 'a line in front counts');
    assert.equal(addressFor(name, [`${lines.join(', ')}, ${ours}, ${behind}`]), own, 'an element in front counts');
  }
  const host = lines[0]!;
  if (isHost(host))
    assert.equal(readFor(writeElement('"[::1]:1"', host, 'http')), '[::1]:1', 'it does not read what it writes');
});

function addressFor(name: string, lines: readonly string[]): string {
  const headers = new Headers();
  for (const line of lines) headers.add(name, line);
  return clientAddressOf(headers, proxy, trusted);
}
