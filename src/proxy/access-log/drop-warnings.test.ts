import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DropWarnings } from './drop-warnings.ts';

test('losses are told at once, then once a second with their number, and at the end', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const told: string[] = [];
  const quiet = (): void => undefined;
  const warnings = new DropWarnings(
    { debug: quiet, info: quiet, error: quiet, warn: (message) => void told.push(message) },
    'a.log',
  );
  warnings.add(1, 'full');
  for (let i = 0; i < 10; i++) warnings.add(2, 'slow');
  assert.deepEqual(told, ['Cannot write the access log: 1 lines dropped, full']);
  t.mock.timers.tick(1000);
  assert.deepEqual(told.slice(1), ['Cannot write the access log: 20 lines dropped, slow']);
  t.mock.timers.tick(5000);
  assert.equal(told.length, 2);
  warnings.add(3, 'full');
  warnings.add(4, 'full');
  warnings.end();
  assert.deepEqual(told.slice(2), [
    'Cannot write the access log: 3 lines dropped, full',
    'Cannot write the access log: 4 lines dropped, full',
  ]);
  t.mock.timers.tick(5000);
  warnings.end();
  assert.equal(told.length, 4);
});
