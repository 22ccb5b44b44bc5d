import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { normaliseAddress } from '../../src/core/ip.ts';
import { AddressSwitch } from '../../src/proxy/middleware/ip-filter/address-switch.ts';
import { compileAddresses, type ListedNetwork } from '../../src/control/config/middleware/address-lists.ts';

interface Network {
  readonly value: bigint;
  readonly prefix: number;
  readonly pass: boolean;
}

/** Networks and addresses from few values, so that they hold each other often. */
function family(bits: number): { networks: fc.Arbitrary<Network[]>; address: fc.Arbitrary<bigint> } {
  const address = fc.tuple(fc.nat(3), fc.nat(15), fc.constantFrom(0n, 1n, 5n)).map(([high, middle, low]) => {
    return (BigInt(high) << BigInt(bits - 2)) | (BigInt(middle) << BigInt(bits / 2)) | low;
  });
  const prefix = fc.constantFrom(0, 1, 2, bits / 2 - 4, bits / 2, bits / 2 + 1, bits - 3, bits);
  const network = fc.record({ value: address, prefix, pass: fc.boolean() }).map(({ value, prefix: length, pass }) => {
    const host = BigInt(bits - length);
    return { value: (value >> host) << host, prefix: length, pass };
  });
  return { networks: fc.array(network, { maxLength: 12 }), address };
}

function text(value: bigint, bits: number): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const hex = value.toString(16).padStart(32, '0');
  return normaliseAddress(hex.match(/.{4}/g)!.join(':'));
}

/** By the definition: the longest network that holds it; of equally long ones, the one that refuses. */
function expected(networks: readonly Network[], value: bigint, bits: number, others: boolean): boolean {
  const holding = networks.filter(
    (each) => each.value >> BigInt(bits - each.prefix) === value >> BigInt(bits - each.prefix),
  );
  const longest = Math.max(...holding.map(({ prefix }) => prefix));
  const deciding = holding.filter(({ prefix }) => prefix === longest);
  return deciding.length === 0 ? others : deciding.every(({ pass }) => pass);
}

for (const bits of [32, 128]) {
  test(`compileAddresses() lets the longest network decide, and the refusing one of two, for ${bits} bits`, () => {
    const { networks, address } = family(bits);
    fc.assert(
      fc.property(networks, fc.array(address, { minLength: 1 }), fc.boolean(), (list, asked, others) => {
        const listed: ListedNetwork[] = list.map(({ value, prefix, pass }) => ({
          network: `${text(value, bits)}/${prefix}`,
          pass,
        }));
        // The ends of every network are where mistakes are.
        const ends = list.flatMap(({ value, prefix }) => [value, value + (1n << BigInt(bits - prefix)) - 1n]);
        const found = new AddressSwitch(compileAddresses(listed, others));
        for (const each of [...asked, ...ends]) {
          const spelt = text(each, bits);
          // ::ffff:0:0/96 is IPv4, which has a list of its own.
          if (bits === 128 && !spelt.includes(':')) continue;
          assert.equal(found.of(spelt), expected(list, each, bits, others), spelt);
        }
      }),
    );
  });
}

test('an AddressSwitch knows what is no address', () => {
  const found = new AddressSwitch(compileAddresses([{ network: '::/0', pass: true }], false));
  assert.equal(found.of('::1'), true);
  assert.equal(found.of('1.2.3.4'), false);
  for (const no of [
    '',
    'unix',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1..3.4',
    'a.b.c.d',
    ':',
    ':::',
    '1::2::3',
    '12345::',
    'g::1',
    '1:2:3',
    '1:2:3:4:5:6:7:8:9',
    '::1%eth0',
    '::1.2.3.4',
  ]) {
    assert.equal(found.of(no), undefined, no);
  }
});

test('an AddressSwitch never throws', () => {
  const found = new AddressSwitch(compileAddresses([{ network: '10.0.0.0/8', pass: true }], false));
  fc.assert(fc.property(fc.string(), (any) => found.of(any) === undefined || typeof found.of(any) === 'boolean'));
});

test('a hundred thousand networks are one table', () => {
  const listed = Array.from({ length: 100_000 }, (_, i) => ({
    network: `${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/25`,
    pass: false,
  }));
  const found = new AddressSwitch(compileAddresses(listed, true));
  assert.equal(found.of('20.7.9.1'), false);
  assert.equal(found.of('20.7.9.129'), true);
  assert.equal(found.of('21.134.159.127'), false);
  assert.equal(found.of('21.134.160.1'), true);
});
