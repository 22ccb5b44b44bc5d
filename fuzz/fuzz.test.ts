// A short run of every target, always with the same inputs; `npm run fuzz` tries others, for longer.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Coverage } from './engine/coverage.ts';
import { fuzz, replay } from './engine/fuzz.ts';
import { regressions } from './engine/regressions.ts';
import { plainTarget } from './engine/target.ts';
import { readRequestBySecond, readResponseBySecond } from './targets/second-reader.ts';
import { targets } from './targets/registry.ts';

/** For each target. Far less than most take in that time, so that a busy machine runs the same. */
const seconds = 5;
const runs = 300;
/** Of those that take some ms each. */
const fewer: Readonly<Record<string, number>> = {
  config: 90,
  connection: 60,
  'connection-http2': 60,
  'http2-session-server': 120,
  'http2-session-client': 120,
};

for (const target of targets) {
  test(`${target.name}: ${target.about}`, { timeout: 60_000 }, async () => {
    const { find } = await fuzz(target, { seed: 1, seconds, runs: fewer[target.name] ?? runs });
    assert.equal(
      find,
      undefined,
      `seed 1, input ${JSON.stringify(find?.input.toString('latin1'))}: ${String(find?.error)}`,
    );
  });
}

for (const { name, target, input } of regressions()) {
  test(`${target}, once found: ${name}`, { timeout: 60_000 }, async () => {
    const found = targets.find((each) => each.name === target);
    assert.ok(found, 'there is no such target');
    const session = await found.open();
    try {
      await replay(session, Buffer.from(input, 'latin1'));
    } finally {
      await session.close?.();
    }
  });
}

test('a planted mistake is found, made small, and found again with the same seed', async () => {
  const planted = plainTarget({ name: 'planted', about: '', seeds: () => ['hello'], words: ['b'] }, (input) => {
    assert.ok(!input.includes('lob'), 'planted');
  });
  const first = await fuzz(planted, { seed: 7, seconds: 10, runs: 20_000 });
  assert.equal(first.find?.input.toString('latin1'), 'lob');
  const second = await fuzz(planted, { seed: 7, seconds: 10, runs: 20_000 });
  assert.equal(second.runs, first.runs);
});

test('an input that reaches what none before it has reached is kept', async () => {
  const { normalisePath } = await import('../src/wire/path.ts');
  const coverage = new Coverage();
  coverage.start();
  try {
    normalisePath('/a', { mergeSlashes: true });
    assert.ok(coverage.fresh(true) > 0);
    normalisePath('/a', { mergeSlashes: true });
    assert.equal(coverage.fresh(true), 0);
    normalisePath('/a/%41', { mergeSlashes: true });
    assert.ok(coverage.fresh(true) > 0);
  } finally {
    coverage.stop();
  }
});

test('the second reader reads', async () => {
  const request = await readRequestBySecond(Buffer.from('PUT /a HTTP/1.1\r\nHost: b\r\nContent-Length: 2\r\n\r\nok'));
  const fields = [
    ['Host', 'b'],
    ['Content-Length', '2'],
  ];
  assert.deepEqual(request, { start: 'PUT /a HTTP/1.1', fields, body: 'ok' });
  const answer = await readResponseBySecond(Buffer.from('HTTP/1.1 201 Done\r\nA: b\r\n\r\nuntil close'), 'GET');
  assert.deepEqual(answer, { start: 'HTTP/1.1 201 Done', fields: [['A', 'b']], body: 'until close' });
  assert.equal(
    await readRequestBySecond(Buffer.from('GET /a HTTP/1.1\r\nHost: b\r\nContent-Length: 2\r\n\r\no')),
    undefined,
  );
});
