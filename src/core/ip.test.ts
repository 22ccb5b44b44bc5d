import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { AddressSet, clientKey, formatHostPort, hostsOverlap, isAddress, networkKey, normaliseAddress } from './ip.ts';

const spellings: readonly (readonly [string | undefined, string])[] = [
  [undefined, ''],
  ['', ''],
  ['unix', 'unix'],
  ['not an address', 'not an address'],
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1%eth0', '192.0.2.1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['2001:0db8::0001', '2001:db8::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['::192.0.2.1', '::c000:201'],
  ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ['::ffff:0:192.0.2.1', '::ffff:0:c000:201'],
];

test('normaliseAddress() gives every address one spelling', () => {
  for (const [text, expected] of spellings) assert.equal(normaliseAddress(text), expected, String(text));
});

/** Eight groups of which many are zero or all ones, so that runs and mapped addresses come up. */
const groups = fc.array(fc.oneof(fc.constantFrom(0, 0, 0, 0xffff), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });

test('normaliseAddress() agrees with the system on any IPv6 address, and does not change its own answer', () => {
  fc.assert(
    fc.property(groups, (values) => {
      const long = values.map((value) => value.toString(16).padStart(4, '0')).join(':');
      const short = normaliseAddress(long);
      assert.equal(normaliseAddress(short), short);
      const system = new net.SocketAddress({ address: long, family: 'ipv6' }).address;
      assert.equal(normaliseAddress(system), short);
      if (!system.includes('.') && net.isIPv6(short)) assert.equal(short, system);
    }),
  );
});

test('normaliseAddress() never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof normaliseAddress(text) === 'string'));
});

test('isAddress() knows addresses from names, ports and brackets', () => {
  for (const text of ['192.0.2.1', '::1', '::ffff:192.0.2.1']) assert.equal(isAddress(text), true, text);
  for (const text of ['', 'unix', 'localhost', '192.0.2.1:80', '[::1]', '192.0.2.256', '192.0.2.01', '1.2.3']) {
    assert.equal(isAddress(text), false, text);
  }
});

test('networkKey() is the address for IPv4 and the network of so many bits for IPv6', () => {
  assert.equal(networkKey('192.0.2.1', 56), '192.0.2.1');
  assert.equal(networkKey('::ffff:192.0.2.1', 1), '192.0.2.1');
  assert.equal(networkKey('2001:db8:1:2ff::9', 56), '2001:db8:1:200::/56');
  assert.equal(networkKey('2001:db8:1:2::9', 128), '2001:db8:1:2::9/128');
  assert.equal(networkKey('ffff::1', 1), '8000::/1');
  assert.equal(networkKey('2001:db8:1:2::9', 64), clientKey('2001:db8:1:2::9'));
  assert.equal(networkKey('unix', 64), 'unix');
});

test('clientKey() is the address for IPv4 and the /64 for IPv6', () => {
  assert.equal(clientKey('192.0.2.1'), '192.0.2.1');
  assert.equal(clientKey('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(clientKey('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(clientKey('2001:db8::1'), '2001:db8::/64');
  assert.equal(clientKey('::1'), '::/64');
  assert.equal(clientKey('unix'), 'unix');
  assert.equal(clientKey('2001:db8:0:1::a'), clientKey('2001:DB8:0:1:ffff::b'));
  assert.notEqual(clientKey('2001:db8:0:1::a'), clientKey('2001:db8:0:2::a'));
});

test('formatHostPort() puts brackets round IPv6 only', () => {
  assert.equal(formatHostPort('192.0.2.1', 80), '192.0.2.1:80');
  assert.equal(formatHostPort('::1', 8080), '[::1]:8080');
});

const members: readonly (readonly [string, string, boolean])[] = [
  ['10.0.0.0/8', '10.255.255.255', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['10.1.2.3/8', '10.9.9.9', true],
  ['192.0.2.1', '192.0.2.1', true],
  ['192.0.2.1', '192.0.2.2', false],
  ['192.0.2.1/32', '192.0.2.0', false],
  ['0.0.0.0/0', '203.0.113.9', true],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['::/0', '2001:db8::1', true],
  ['::/0', '203.0.113.9', false],
  ['10.0.0.0/8', '::ffff:10.1.2.3', true],
  ['10.0.0.0/8', '::ffff:a01:203', true],
  ['::ffff:10.0.0.0/104', '10.1.2.3', true],
  ['::ffff:10.0.0.0/104', '11.1.2.3', false],
  ['::ffff:0:0/96', '203.0.113.9', true],
  ['2001:db8::/33', '2001:db8:7fff::1', true],
  ['2001:db8::/33', '2001:db8:8000::1', false],
  ['2001:db8::1', '2001:DB8:0::1', true],
  ['fe80::/10', 'fe80::1%eth0', true],
  ['10.0.0.0/8', 'unix', false],
  ['10.0.0.0/8', '', false],
  ['10.0.0.0/8', '10.0.0.1:80', false],
];

test('AddressSet.has() holds what the range says', () => {
  for (const [cidr, address, expected] of members) {
    assert.equal(new AddressSet([cidr]).has(address), expected, `${cidr} ${address}`);
  }
  assert.equal(new AddressSet([]).has('10.0.0.1'), false);
  assert.equal(new AddressSet(['192.0.2.0/24', '2001:db8::/32']).has('2001:db8::1'), true);
});

test('AddressSet.has() agrees with arithmetic for any IPv4 prefix', () => {
  const toNumber = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const address = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join('.'));
  const near = fc.nat(0xffff);
  fc.assert(
    fc.property(address, fc.nat(32), near, (base, prefix, distance) => {
      const size = 2 ** (32 - prefix);
      const asked = (toNumber(base) ^ distance) >>> 0;
      const text = [asked >>> 24, (asked >>> 16) & 255, (asked >>> 8) & 255, asked & 255].join('.');
      const expected = Math.floor(toNumber(base) / size) === Math.floor(asked / size);
      assert.equal(new AddressSet([`${base}/${prefix}`]).has(text), expected);
    }),
  );
});

test('AddressSet.has() agrees with arithmetic for any IPv6 prefix', () => {
  const toBits = (values: readonly number[]): string =>
    values.map((value) => value.toString(2).padStart(16, '0')).join('');
  fc.assert(
    fc.property(groups, fc.nat(128), fc.nat(127), (values, prefix, flipped) => {
      values[0] = 0x2001; // Not IPv4-mapped
      const other = [...values];
      const at = Math.max(16, flipped);
      other[at >> 4]! ^= 0x8000 >> (at & 15);
      const expected = toBits(values).slice(0, prefix) === toBits(other).slice(0, prefix);
      const text = (list: readonly number[]): string => list.map((value) => value.toString(16)).join(':');
      assert.equal(new AddressSet([`${text(values)}/${prefix}`]).has(text(other)), expected);
    }),
  );
});

test('AddressSet says in words which range it cannot read', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['', /"".*write it like/],
    ['localhost', /"localhost".*write it like/],
    ['10.0.0.0/33', /"10\.0\.0\.0\/33".*IPv4 range is a number from 0 to 32/],
    ['2001:db8::/129', /IPv6 range is a number from 0 to 128/],
    ['10.0.0.0/', /from 0 to 32/],
    ['10.0.0.0/08', /from 0 to 32/],
    ['10.0.0.0/-1', /from 0 to 32/],
    ['10.0.0.0/8/8', /from 0 to 32/],
    ['10.0.0.0/255.0.0.0', /from 0 to 32/],
    ['10.0.0/8', /write it like/],
    [' 10.0.0.0/8', /write it like/],
    ['[::1]', /write it like/],
    ['fe80::%eth0/64', /write it like/],
    ['::ffff:10.0.0.0/8', /prefix from 96/],
    ['*', /write it like/],
  ];
  for (const [cidr, message] of refused) {
    assert.throws(
      () => new AddressSet(['192.0.2.0/24', cidr]),
      (error) => {
        assert.ok(error instanceof TypeError);
        assert.match(error.message, /^Cannot read ".*" as an address range: .*[^.]$/);
        assert.match(error.message, message);
        return true;
      },
      cidr,
    );
  }
});

test('AddressSet holds what each of its ranges holds', () => {
  const part = fc.constantFrom(0, 1, 10, 127, 128, 255);
  const ipv4 = fc.array(part, { minLength: 4, maxLength: 4 }).map((parts) => parts.join('.'));
  const group = fc.constantFrom('0', '1', '8000', 'db8', 'ffff');
  const ipv6 = fc.array(group, { minLength: 7, maxLength: 7 }).map((others) => `2001:${others.join(':')}`);
  const range = fc.oneof(
    fc.tuple(ipv4, fc.integer({ min: 0, max: 32 })),
    fc.tuple(ipv6, fc.integer({ min: 0, max: 128 })),
  );
  fc.assert(
    fc.property(
      fc.array(range, { maxLength: 8 }),
      fc.array(fc.oneof(ipv4, ipv6), { minLength: 20 }),
      (ranges, asked) => {
        const set = new AddressSet(ranges.map(([address, prefix]) => `${address}/${prefix}`));
        for (const address of asked) {
          const family = net.isIPv4(address) ? 'ipv4' : 'ipv6';
          const isIn = ranges.some(([first, prefix]) => {
            if (net.isIP(first) !== net.isIP(address)) return false;
            const one = new net.BlockList();
            one.addSubnet(first, prefix, family);
            return one.check(address, family);
          });
          assert.equal(set.has(address), isIn, address);
        }
      },
    ),
  );
});

test('hostsOverlap() is true of one address, and of every address and one of its family', () => {
  const hosts = [undefined, '0.0.0.0', '::', '127.0.0.1', '::1', '10.0.0.1'];
  const pairs = hosts.map((one) => hosts.map((other) => (hostsOverlap(one, other) ? 1 : 0)).join(''));
  assert.deepEqual(pairs, ['111111', '110101', '101010', '110100', '101010', '110001']);
});
