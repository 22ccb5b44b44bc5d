import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TraceIds } from './trace-ids.ts';

describe('TraceIds', () => {
  it('makes ids of the right length that do not come again', () => {
    const ids = new TraceIds();
    const seen = new Set<string>();
    for (let i = 0; i < 2000; i++) {
      const [trace, span] = [ids.traceId(), ids.spanId()];
      assert.match(trace, /^[0-9a-f]{32}$/);
      assert.match(span, /^[0-9a-f]{16}$/);
      seen.add(trace).add(span);
    }
    assert.equal(seen.size, 4000);
  });

  it('never makes one of zeros alone', () => {
    const ids = new TraceIds((bytes) => Buffer.alloc(bytes));
    assert.equal(ids.traceId(), `${'0'.repeat(31)}1`);
    assert.equal(ids.spanId(), `${'0'.repeat(15)}1`);
  });
});
