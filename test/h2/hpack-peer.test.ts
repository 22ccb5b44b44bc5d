// What we encode, nghttp2 decodes, and the other way round.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { NodePeer, type Pair } from './node-peer.ts';

const value = fc.oneof(
  fc.constantFrom('', 'text/html', 'nginx', 'gzip, deflate', 'max-age=3600', 'Sat, 21 Nov 2026 22:00:00 GMT'),
  fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,120}[\x21-\x7e])?$/),
);
const name = fc.oneof(
  fc.constantFrom('server', 'vary', 'cache-control', 'accept-language', 'etag', 'authorization', 'x-request-id'),
  fc.stringMatching(/^x-[a-z0-9-]{0,12}$/),
);
/** Node's server takes an object, so no name twice. */
const fields = fc.uniqueArray(fc.tuple(name, value), { maxLength: 12, selector: ([each]) => each });
const exchanges = fc.array(fc.tuple(fields, fields), { minLength: 1, maxLength: 6 });
const tableSize = fc.option(fc.integer({ min: 0, max: 6000 }), { nil: undefined });

test('random lists go there and back as they were, with tables of any size', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(exchanges, tableSize, tableSize, async (all, ours, theirs) => {
      const peer = new NodePeer();
      try {
        for (const [i, [request, answer]] of all.entries()) {
          if (i === 1 && ours !== undefined) await peer.limitTable(ours);
          if (i === 2 && theirs !== undefined) await peer.allowTable(theirs);
          await exchanged(peer, request, answer);
          // Once more: what has been indexed is now sent by its index.
          await exchanged(peer, request, answer);
        }
      } finally {
        peer.close();
      }
    }),
    { numRuns: 60 },
  );
});

test('every byte that a value may hold goes there as it was', async () => {
  const peer = new NodePeer();
  try {
    const bytes = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte > 0x20 && byte !== 0x7f);
    // Four of them each: Node takes no more than 128 fields.
    const all = Array.from({ length: Math.ceil(bytes.length / 4) }, (_, i) =>
      String.fromCharCode(...bytes.slice(i * 4, i * 4 + 4)),
    );
    const request = all.map((each, i) => [`x-${i}`, each] as const);
    const { received } = await peer.exchange(request, []);
    assert.deepEqual(
      received.map(([, each]) => Buffer.from(each, 'latin1').toString('hex')),
      all.map((each) => Buffer.from(each, 'latin1').toString('hex')),
    );
  } finally {
    peer.close();
  }
});

test('a block of many frames goes there', async () => {
  const peer = new NodePeer();
  try {
    const request = Array.from({ length: 60 }, (_, i) => [`x-${i}`, String(i % 10).repeat(800)] as const);
    const { received } = await peer.exchange(request, []);
    assert.deepEqual(received, request);
  } finally {
    peer.close();
  }
});

async function exchanged(peer: NodePeer, request: readonly Pair[], answer: readonly Pair[]): Promise<void> {
  const { received, answered } = await peer.exchange(request, answer);
  assert.deepEqual(received, request);
  // Node adds a date.
  assert.deepEqual(
    answered.filter(([each]) => each !== 'date'),
    answer,
  );
}
