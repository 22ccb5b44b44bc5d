import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Trace } from './trace.ts';

describe('Trace', () => {
  it('keeps notes in order, without times where it has no clock', () => {
    const trace = new Trace();
    trace.add('client', 'the client is 192.0.2.1');
    trace.add('pick', 'pool app', 'a');
    assert.deepEqual(trace.notes, [
      { step: 'client', what: 'the client is 192.0.2.1' },
      { step: 'pick', what: 'pool app', by: 'a' },
    ]);
  });

  it('says when a note was left', () => {
    let now = 5;
    const trace = new Trace({ now: () => now });
    trace.add('client', 'a');
    now = 7.5;
    trace.add('match', 'b');
    assert.deepEqual(
      trace.notes.map(({ at }) => at),
      [5, 7.5],
    );
  });

  it('holds so many notes and letters and no more', () => {
    const many = new Trace();
    for (let i = 0; i < 1000; i++) many.add('server', 'again');
    assert.equal(many.notes.length, 200);
    const long = new Trace();
    for (let i = 0; i < 5; i++) long.add('feature', 'x'.repeat(15_000));
    assert.equal(long.notes.length, 3);
    assert.ok(long.notes[2]!.what.endsWith('x...'));
    assert.ok(long.notes.reduce((sum, { what }) => sum + what.length, 0) <= 40_003);
  });
});
