import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Headers } from '../../core/headers.ts';
import { beginTrace, readTraceContext, writeTraceparent } from './trace-context.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const parent = 'b7ad6b7169203331';

function headersOf(...fields: [string, string][]): Headers {
  const headers = new Headers();
  for (const [name, value] of fields) headers.add(name, value);
  return headers;
}

describe('readTraceContext()', () => {
  it('reads trace, parent, the sampled flag and the state', () => {
    const headers = headersOf(
      ['traceparent', `00-${trace}-${parent}-01`],
      ['tracestate', 'a=1'],
      ['Tracestate', 'b=2,c=3'],
    );
    const expected = { traceId: trace, parentId: parent, sampled: true, state: 'a=1,b=2,c=3' };
    assert.deepEqual(readTraceContext(headers), expected);
  });

  it('looks at the one flag that has a meaning for it', () => {
    for (const [flags, sampled] of [
      ['00', false],
      ['02', false],
      ['03', true],
      ['ff', true],
    ] as const) {
      assert.equal(readTraceContext(headersOf(['traceparent', `00-${trace}-${parent}-${flags}`]))?.sampled, sampled);
    }
  });

  it('believes nothing that is not valid', () => {
    const bad = [
      `00-${trace.toUpperCase()}-${parent}-01`,
      `00-${'0'.repeat(32)}-${parent}-01`,
      `00-${trace}-${'0'.repeat(16)}-01`,
      `ff-${trace}-${parent}-01`,
      `00-${trace}-${parent}-01-more`,
      `00-${trace}-${parent}`,
      '',
    ];
    for (const value of bad) assert.equal(readTraceContext(headersOf(['traceparent', value])), undefined, value);
    const twice = headersOf(['traceparent', `00-${trace}-${parent}-01`], ['traceparent', `00-${trace}-${parent}-01`]);
    assert.equal(readTraceContext(twice), undefined);
    assert.equal(readTraceContext(headersOf(['tracestate', 'a=1'])), undefined);
  });

  it('keeps no state that is too long', () => {
    const headers = headersOf(['traceparent', `00-${trace}-${parent}-01`], ['tracestate', `a=${'x'.repeat(600)}`]);
    assert.equal(readTraceContext(headers)?.state, '');
  });
});

describe('beginTrace()', () => {
  it("puts its own trace in place of the client's", () => {
    const headers = headersOf(['Traceparent', 'nonsense'], ['A', 'b'], ['traceparent', 'more'], ['tracestate', 'a=1']);
    beginTrace(headers, writeTraceparent(trace, parent, false));
    assert.deepEqual(headers.names, ['A', 'traceparent']);
    assert.deepEqual(headers.values, ['b', `00-${trace}-${parent}-00`]);
  });
});
