import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpDate } from './http-date.ts';

function at(ms: number): { ms: number; now(): number; date(): number } {
  const clock = { ms, now: () => 0, date: () => clock.ms };
  return clock;
}

test('line() is the date in the form of RFC 9110, with its line end', () => {
  assert.equal(new HttpDate(at(784_111_777_000)).line(), 'Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n');
  assert.equal(new HttpDate(at(0)).line(), 'Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n');
});

test('line() changes exactly with the second, also where the date is set back', () => {
  const clock = at(784_111_777_000);
  const date = new HttpDate(clock);
  const first = date.line();
  clock.ms += 999.9;
  assert.equal(date.line(), first);
  clock.ms += 0.2;
  assert.equal(date.line(), 'Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n');
  clock.ms -= 2000;
  assert.equal(date.line(), 'Date: Sun, 06 Nov 1994 08:49:36 GMT\r\n');
});
