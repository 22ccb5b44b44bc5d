import assert from 'node:assert/strict';

import { durationReader, rateReader, sizeReader } from '../../src/control/config/quantity.ts';
import { readPasswordHash } from '../../src/control/config/middleware/password-hash.ts';
import { Headers } from '../../src/core/headers.ts';
import { readCredentials } from '../../src/proxy/middleware/basic-auth/credentials.ts';
import { byteRange } from '../../src/proxy/middleware/respond/byte-range.ts';
import { isSameState, judgeConditions } from '../../src/proxy/middleware/respond/conditions.ts';
import { plainTarget, type Target } from '../engine/target.ts';
import { fieldText } from './field-text.ts';

const about = {
  name: 'small-texts',
  about:
    'durations, sizes, ranges, conditions, hashes and credentials are one thing or refused, and what is proposed is taken',
  seeds: () => [
    ...[
      '10s',
      '500ms',
      '32kB',
      '1 MB',
      '240B/s',
      'bytes=0-99',
      'bytes=-5',
      'bytes=5-',
      '"abc"',
      'W/"abc", *',
      'Thu, 01 Jan 2026 00:00:00 GMT',
    ],
    ...[
      'Basic dXNlcjpwYXNz',
      'basic YTpi',
      '$2y$05$abcdefghijklmnopqrstuu5LhVwrJ2v9Iu5D1xQ0xQ0xQ0xQ0xQ0x',
      '$apr1$salt$abcdefghijklmnopqrstuv',
      '{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=',
    ],
    '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQxMjM$aGFzaGhhc2hoYXNoaGFzaA',
  ],
  words: [
    'ms',
    's',
    'm',
    'h',
    'd',
    'kB',
    'KB',
    'KiB',
    'MB',
    'B',
    '/s',
    ' ',
    '0',
    '999999999999',
    '-',
    ',',
    'bytes=',
    '"',
    '*',
    'W/',
    'Basic ',
    '=',
    '$',
    'm=',
    't=',
    'p=',
    ':',
    '\0',
  ],
  longest: 3000,
};

const duration = durationReader({ min: '100ms', max: '1h' });
const size = sizeReader({ min: '1kB', max: '1GB' });
const rate = rateReader({ min: '1B/s', max: '1GB/s' });

export const smallTexts: Target = plainTarget(about, (input, random) => {
  const text = input.toString('latin1');
  for (const [read, min, max] of [
    [duration, 100, 3_600_000],
    [size, 1000, 1e9],
    [rate, 1, 1e9],
  ] as const) {
    const reading = read(text);
    if (reading.ok) assert.ok(Number.isSafeInteger(reading.value) && reading.value >= min && reading.value <= max);
    else if (reading.better !== undefined)
      assert.ok(read(reading.better).ok, `what is proposed is refused: ${reading.better}`);
  }
  checkField(fieldText(text), random.int(200));
  const hash = readPasswordHash(text);
  if (!hash.ok) assert.ok(hash.what !== '' && hash.remedy !== '');
});

function checkField(value: string, length: number): void {
  const range = byteRange(value, length);
  if (typeof range === 'object')
    assert.ok(range.start >= 0 && range.length > 0 && range.start + range.length <= length, 'bytes that are not there');
  for (const name of ['If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since']) {
    const headers = new Headers();
    headers.add(name, value);
    const verdict = judgeConditions(headers, { etag: '"abc"', modified: 1_700_000_000 });
    assert.ok(verdict === undefined || verdict === (name === 'If-Match' || name === 'If-Unmodified-Since' ? 412 : 304));
  }
  assert.equal(typeof isSameState(value, { etag: '"abc"', modified: 1 }), 'boolean');
  const credentials = readCredentials(value);
  if (credentials === undefined) return;
  const { user, password } = credentials;
  assert.ok(user !== '' && !user.includes(':'), 'a name with a colon');
  const again = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  assert.deepEqual(readCredentials(again), credentials, 'credentials are read otherwise');
}
