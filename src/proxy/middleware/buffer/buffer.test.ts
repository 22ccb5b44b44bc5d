import assert from 'node:assert/strict';

import { turns } from '../../fixtures.test.ts';
import { pattern } from '../../pattern.test.ts';

import { answer, ask, buffered, gone, PouringSource, SlowSink } from './fixtures.test.ts';

// --- ends ------------------------------------------------------------------------------------------------------------

buffered('a thousand that end at any moment leave no file, no bytes and no call', async (world) => {
  const bytes = pattern(300_000);
  let late = 0;
  const one = async (i: number): Promise<void> => {
    const moment = i % 23;
    if (i % 2 === 0) {
      const { body } = answer(world, new PouringSource(bytes));
      const sink = new SlowSink();
      body!.start(sink);
      for (let turn = 0; turn < moment; turn++) {
        await turns(1);
        if (turn % 3 === 0) body!.resume();
      }
      body!.cancel(gone);
      sink.during = () => late++;
    } else {
      const { work, verdict } = ask(world, new PouringSource(bytes));
      await verdict;
      const sink = new SlowSink();
      if (i % 3 !== 0) work.body!.start(sink);
      for (let turn = 0; turn < moment; turn++) {
        await turns(1);
        if (turn % 2 === 0 && i % 3 !== 0) work.body!.resume();
      }
      work.body!.cancel(gone);
      sink.during = () => late++;
    }
  };
  for (let i = 0; i < 1000; i += 25) await Promise.all(Array.from({ length: 25 }, (_, k) => one(i + k)));
  await world.nothingLeft();
  assert.equal(late, 0);
});
