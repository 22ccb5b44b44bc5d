import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceIdOf } from './trace-id.ts';

const [trace, parent] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];

test('traceIdOf() takes the id of a valid field only', () => {
  assert.equal(traceIdOf(`00-${trace}-${parent}-01`), trace);
  assert.equal(traceIdOf(`01-${trace}-${parent}-01-more`), trace);
  const wrong = [
    undefined,
    '',
    `00-${trace}-${parent}-01-more`,
    `ff-${trace}-${parent}-01`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace}-${parent}-1"`,
    `x00-${trace}-${parent}-01`,
  ];
  for (const value of wrong) assert.equal(traceIdOf(value), undefined);
});
