import assert from 'node:assert/strict';
import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

import { readIpAddress, readNetwork } from '../../src/control/config/network.ts';
import { AddressSet, clientKey, isAddress, normaliseAddress } from '../../src/core/ip.ts';
import { plainTarget, type Target } from '../engine/target.ts';

const about = {
  name: 'addresses',
  about: 'addresses and networks are read as ipaddr.js reads them',
  seeds: () => [
    '10.0.0.1\n10.0.0.0/8',
    '2001:db8::1\n2001:DB8::/32',
    '::ffff:1.2.3.4\n::ffff:0:0/96',
    '::1\n::/0',
    'fe80::1%eth0\nfe80::/10',
    '1.2.3.4\n0.0.0.0/0',
    '10.0.0.1\n10.0.0.0/9\n10.128.0.0/9\n10.0.0.0/30\n::/1\n2001:db8::/32',
  ],
  words: [
    ...[
      '/',
      '/0',
      '/8',
      '/24',
      '/32',
      '/33',
      '/64',
      '/96',
      '/128',
      '/129',
      ':',
      '::',
      '.',
      '0',
      '00',
      '01',
      '255',
      '256',
      'ffff',
      'FFFF',
      'abcd',
    ],
    ...['::ffff:', '1.2.3.4', '10.0.0.0/8', '%eth0', '\n', '0:0:0:0:0:0:0:0', '64:ff9b::', ' ', '-1', '+1', '1e1'],
  ],
  longest: 200,
};

/** Each line but the first is a network that is asked for the address in the first. */
export const addresses: Target = plainTarget(about, (input) => {
  const [text = '', ...networks] = input.toString('latin1').split('\n');
  const normal = normaliseAddress(text);
  assert.equal(normaliseAddress(normal), normal, 'normalising again changes it');
  assert.equal(isAddress(text), isIP(text) !== 0);
  if (!isAddress(text)) assert.equal(normal, text);
  else assert.equal(normal, plainOf(text).toString(), 'another address than ipaddr.js reads');
  assert.equal(clientKey(normal), clientKey(text), 'one client has two keys');
  for (const network of networks) checkNetwork(text, network);
  checkTogether(text, networks);
  checkConfig(text);
});

function checkNetwork(address: string, network: string): void {
  let set: AddressSet;
  try {
    set = new AddressSet([network]);
  } catch (error) {
    assert.ok(
      error instanceof TypeError && error.message.startsWith('Cannot read '),
      'another error than is documented',
    );
    return;
  }
  const [base, bits] = network.split('/');
  assert.ok(isIP(base!) !== 0, 'a network of no address');
  assert.equal(set.has(address), isIP(address) !== 0 && isWithin(address, base!, bits), `${address} in ${network}`);
}

/** A list of several holds what one of them holds. */
function checkTogether(address: string, networks: readonly string[]): void {
  const good = networks.map(readNetwork).flatMap((reading) => (reading.ok ? [reading.value] : []));
  const around = [address, '0.0.0.0', '10.0.0.1', '255.255.255.255', '::', '2001:db8::1', 'ffff::'];
  const set = new AddressSet(good);
  for (const each of around.filter(isAddress)) {
    assert.equal(
      set.has(each),
      good.some((network) => new AddressSet([network]).has(each)),
      `${each} in ${good.join(' ')}`,
    );
  }
}

function isWithin(address: string, base: string, bits: string | undefined): boolean {
  const one = plainOf(address);
  const first = plainOf(base);
  if (one.kind() !== first.kind()) return false;
  const full = isIP(base) === 4 ? 32 : 128;
  const mapped = isIP(base) === 6 && first.kind() === 'ipv4' ? 96 : 0;
  return one.match(first, (bits === undefined ? full : Number(bits)) - mapped);
}

/** IPv4-mapped addresses are IPv4; zones say nothing to anyone else. */
function plainOf(text: string): ipaddr.IPv4 | ipaddr.IPv6 {
  const bare = text.replace(/%.*$/s, '');
  // ipaddr.js takes `::1.2.3.4` for IPv4, which it is not, so IPv6 gets there without dots.
  return ipaddr.process(isIP(bare) === 6 ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : bare);
}

/** What the config takes must be taken by the lists that it is for. */
function checkConfig(text: string): void {
  const address = readIpAddress(text);
  if (address.ok) assert.ok(isAddress(address.value));
  const network = readNetwork(text);
  if (!network.ok) return assert.ok(network.what !== '' && network.remedy !== '');
  assert.deepEqual(readNetwork(network.value), network, 'what was read is read otherwise');
  assert.ok(new AddressSet([network.value]).has(network.value.split('/')[0]!), 'it does not hold its first address');
}
