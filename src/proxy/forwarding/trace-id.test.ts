import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../../core/headers.ts';
import { traceIdOf } from './trace-id.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';

function traceIn(...values: readonly string[]): string {
  const headers = new Headers();
  for (const value of values) headers.add('Traceparent', value);
  return traceIdOf(headers);
}

test('traceIdOf() reads the trace of a valid traceparent', () => {
  assert.equal(traceIn(`00-${trace}-${parent}-01`), trace);
  assert.equal(traceIn(`00-${trace}-${parent}-00`), trace);
  assert.equal(traceIn(`01-${trace}-${parent}-01`), trace);
  assert.equal(traceIn(`cc-${trace}-${parent}-01-what-comes-later`), trace);
});

test('traceIdOf() is empty for anything else', () => {
  const refused = [
    '',
    trace,
    `00-${trace}-${parent}-0`,
    `00-${trace}-${parent}-01-more`,
    `cc-${trace}-${parent}-01more`,
    `ff-${trace}-${parent}-01`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace}g${parent}-01`,
    `00-${trace.slice(1)}g-${parent}-01`,
    `0x-${trace}-${parent}-01`,
    `00-${trace}-${parent}-0"`,
    `00_${trace}_${parent}_01`,
    ` 00-${trace}-${parent}-01`,
  ];
  for (const value of refused) assert.equal(traceIn(value), '', value);
  assert.equal(traceIn(), '');
  assert.equal(traceIn(`00-${trace}-${parent}-01`, `00-${trace}-${parent}-01`), '');
});
