import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Emptiness } from './emptiness.ts';

describe('Emptiness', () => {
  it('tells all that wait when the last one has left', async () => {
    const set = new Set([1, 2]);
    const empty = new Emptiness(set);
    const told: number[] = [];
    const waits = [1, 2].map((i) => empty.within(60_000).then(() => told.push(i)));
    set.delete(1);
    empty.look();
    await Promise.resolve();
    assert.deepEqual(told, []);
    set.delete(2);
    empty.look();
    await Promise.all(waits);
    assert.deepEqual(told, [1, 2]);
    await empty.within(60_000);
  });

  it('waits no longer than it was told to', async () => {
    await new Emptiness(new Set([1])).within(1);
  });
});
