import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readFor, writeElement, writeNode } from './forwarded-element.ts';
import { addressOfNode } from './node-address.ts';

test('writeNode() quotes what has colons', () => {
  assert.equal(writeNode('192.0.2.1', 0), '192.0.2.1');
  assert.equal(writeNode('192.0.2.1', 4711), '"192.0.2.1:4711"');
  assert.equal(writeNode('2001:db8::1', 0), '"[2001:db8::1]"');
  assert.equal(writeNode('2001:db8::1', 4711), '"[2001:db8::1]:4711"');
  assert.equal(writeNode('unix', 0), 'unknown');
  assert.equal(writeNode('', 0), 'unknown');
});

test('writeElement() leaves out a host that is not known', () => {
  assert.equal(writeElement('unknown', '', 'https'), 'for=unknown;proto=https');
  assert.equal(writeElement('192.0.2.1', 'a:80', 'http'), 'for=192.0.2.1;host="a:80";proto=http');
});

test('readFor() reads back what was written', () => {
  const host = fc.constantFrom('', 'example.com', 'example.com:80', '[2001:db8::1]:80');
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.constant('2001:db8::1')), fc.nat(65535), host, (address, port, name) => {
      const node = readFor(writeElement(writeNode(address, port), name, 'https'));
      assert.ok(node !== undefined);
      assert.equal(addressOfNode(node), address);
    }),
  );
});

test('readFor() ends, and gives no quotes, whatever the element is', () => {
  const part = fc.constantFrom('for', '=', ';', '"', '\\', ' ', 'a', 'host', ',');
  fc.assert(
    fc.property(
      fc.array(part).map((parts) => parts.join('')),
      (element) => {
        assert.ok(!(readFor(element) ?? '').includes('"'));
      },
    ),
    { numRuns: 1000 },
  );
});
