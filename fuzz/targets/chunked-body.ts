import assert from 'node:assert/strict';

import { BodyDecoder } from '../../src/wire/http1/body-decoder.ts';
import { CHUNKED } from '../../src/wire/http1/framing.ts';
import { lastChunk } from '../../src/wire/http1/serialise.ts';
import { plainTarget, type Target } from '../engine/target.ts';
import { readChunksNaively } from './naive-chunks.ts';
import { outcomeOf, piecesOf } from './outcome.ts';
import { checkFields, pairsOf, smallLimits } from './request-head.ts';

const about = {
  name: 'chunked-body',
  about: 'a chunked body is read alike however it is split, and as a slow and obvious reader reads it',
  seeds: () => [
    '1;a="b\\"c";d = e\r\nx\r\n0\r\n\r\n',
    // Wrong by one byte each.
    '3\r\nabc\rX0\r\n\r\n',
    '3\r\nabc\n\n0\r\n\r\n',
    '3\nabc\r\n0\r\n\r\n',
    '0\r\n\r\r\n\r\n',
    '5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\n',
    '1;a=b\r\nx\r\n000A;c="d"\r\n0123456789\r\n0\r\nx-end: 1\r\nx-other: 2\r\n\r\n',
    'ff\r\n' + 'y'.repeat(255) + '\r\n0;last\r\nContent-Digest: x\r\nCookie: a\r\n\r\n',
  ],
  longest: 700,
  words: [
    ...[
      '\r\n',
      '\n',
      '\r',
      '0\r\n\r\n',
      '0\r\n',
      ';',
      ';a=b',
      '; a="b"',
      '1\r\nx\r\n',
      '10\r\n',
      'A',
      'f',
      '00',
      '0x1',
      '-1',
      '+1',
      ' ',
      '\t',
    ],
    ...[
      'FFFFFFFFFFFFFFFF',
      '1FFFFFFFFFFFFF',
      '20000000000000',
      'x-end: 1\r\n',
      'Host: a\r\n',
      ' folded',
      ':',
      '\0',
      '\xe4',
    ],
  ],
};

interface Decoded {
  readonly payload: string;
  readonly trailers: readonly (readonly [string, string])[];
  readonly end: number;
  readonly done: boolean;
}

export const chunkedBody: Target = plainTarget(about, (input, random) => {
  const whole = outcomeOf(() => decode([Buffer.from(input)]));
  const split = outcomeOf(() => decode(piecesOf(input, random)));
  if ('code' in whole || 'code' in split) assert.deepEqual(Object.keys(split), Object.keys(whole), 'split or not');
  else assert.deepEqual(split.value, whole.value, 'split or not');
  const naive = readChunksNaively(input.toString('latin1'), {
    extensionBytes: smallLimits.chunkExtensionBytes,
    trailerBytes: smallLimits.trailerBytes,
  });
  if ('code' in whole) return assert.ok(typeof naive === 'string', `refused, but right: ${JSON.stringify(naive)}`);
  const { done, payload, end } = whole.value;
  if (naive === 'bad') return assert.ok(!done, 'taken, but wrong');
  if (naive === 'more') return assert.ok(!done, 'done, but more must come');
  assert.deepEqual({ done, payload, end }, { done: true, payload: naive.payload, end: naive.end });
  for (const [name] of whole.value.trailers) {
    assert.ok(
      naive.trailers.some((line) => line.startsWith(`${name}:`)),
      'a trailer that did not come',
    );
  }
});

function decode(pieces: readonly Buffer[]): Decoded {
  const decoder = new BodyDecoder(CHUNKED, smallLimits, 'client');
  let payload = '';
  let end = 0;
  for (const piece of pieces) {
    if (decoder.done) break;
    payload += decoder.decode(piece, 0)?.toString('latin1') ?? '';
    assert.ok(decoder.done || decoder.end === piece.length, 'not done, and bytes are left');
    end += decoder.end;
  }
  const { trailers, done } = decoder;
  if (trailers === undefined) return { payload, trailers: [], end, done };
  checkFields(trailers);
  assert.ok(lastChunk(trailers).length < 2 * smallLimits.trailerBytes, 'trailers over their limit');
  return { payload, trailers: pairsOf(trailers), end, done };
}
