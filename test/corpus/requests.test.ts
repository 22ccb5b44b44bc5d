import assert from 'node:assert/strict';
import { test } from 'node:test';

import { requestCases } from './cases.ts';
import { RequestLanes } from './request-lanes.ts';
import { requestTrials } from './request-trials.ts';

/** Cases that are tried at once. */
const lanes = 24;
/** Failures that the message tells of. */
const shown = 30;

const valid = requestCases((file) => file.startsWith('valid-'));
const tricky = requestCases((file) => !file.startsWith('valid-'));

test('the corpus has at least 400 requests that are malformed or tricky, and 100 that are unusual and valid', () => {
  assert.ok(tricky.length >= 400, `${tricky.length} tricky ones`);
  assert.ok(valid.length >= 100, `${valid.length} valid ones`);
  assert.deepEqual(
    valid.filter(({ refused }) => refused !== undefined).map(({ name }) => name),
    [],
    'cases in the files valid-*.yaml that are refused',
  );
});

test('every request of the corpus has its outcome, however its bytes are cut', { timeout: 540_000 }, async () => {
  const world = await RequestLanes.start(lanes);
  try {
    await world.try(requestTrials([...tricky, ...valid], process.env['CORPUS_CUTS'] === 'every'));
    await world.stop();
  } finally {
    await world.discard();
  }
  const { failures } = world;
  assert.equal(failures.length, 0, [`${failures.length} failures:`, ...failures.slice(0, shown)].join('\n  '));
});
