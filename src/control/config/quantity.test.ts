import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { durationReader, rateReader, sizeReader } from './quantity.ts';
import type { Reading } from './reading.ts';

const duration = durationReader({ min: '0s', max: '365d' });
const size = sizeReader({ min: '0B', max: '1000GiB' });
const rate = rateReader({ min: '0B/s', max: '1GB/s' });

function value<T>(reading: Reading<T>): T | undefined {
  return reading.ok ? reading.value : undefined;
}

test('durations are milliseconds', () => {
  assert.deepEqual(
    ['500ms', '10s', '5m', '1h', '2d', '0s'].map(duration).map(value),
    [500, 10_000, 300_000, 3_600_000, 172_800_000, 0],
  );
});

test('kB, MB and GB go by thousands, KiB, MiB and GiB by 1024', () => {
  const sizes = ['7B', '32kB', '1MB', '1GB', '32KiB', '1MiB', '1GiB'].map(size).map(value);
  assert.deepEqual(sizes, [7, 32_000, 1_000_000, 1_000_000_000, 32_768, 1_048_576, 1_073_741_824]);
  assert.equal(value(rate('1kB/s')), 1000);
});

test('what is not exactly a number with a unit is refused', () => {
  for (const text of ['', '1', 's', '1 s', '-1s', '+1s', '1.5s', '1e3s', '1S', '1sec', ' 1s', '1s\n', '٣s', '0x1s']) {
    assert.equal(duration(text).ok, false, text);
  }
  for (const text of ['', '1', '1KB', '1kb', '1mB', '1k', '1 B', '1B/s']) assert.equal(size(text).ok, false, text);
});

test('a value outside the range is refused with the nearer end of it', () => {
  const bounded = durationReader({ min: '1s', max: '1m' });
  assert.deepEqual(
    [bounded('999ms'), bounded('61s')].map((each) => (each.ok ? '' : each.better)),
    ['1s', '1m'],
  );
  assert.deepEqual([bounded('1s'), bounded('60s')].map(value), [1000, 60_000]);
});

test('what is proposed instead is accepted', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{1,9} ?[kKmMgG]?[bB]?$/), (text) => {
      for (const read of [size, duration, rate]) {
        const reading = read(text);
        if (!reading.ok && reading.better !== undefined)
          assert.ok(read(reading.better).ok, `${text} ${reading.better}`);
      }
    }),
  );
});
