import assert from 'node:assert/strict';
import { test } from 'node:test';

import { poolStates } from './pool-states.ts';

void test('poolStates() says nothing where there is nothing to tell', () => {
  assert.equal(poolStates({}), '');
  assert.equal(poolStates({ pools: [] }), '');
});

void test('poolStates() shows breakers and panic', () => {
  const open = { state: 'open', why: '9 of 10 requests failed', until: '2026-11-21T08:00:00.000Z', opened: 1 } as const;
  const pools = [
    { pool: 'app', panic: false, breaker: open, changes: {} },
    { pool: 'api', panic: true, changes: {} },
  ];
  assert.equal(
    poolStates({ pools }),
    `POOL  BREAKER  UNTIL                     WHY                      PANIC
app   open     2026-11-21T08:00:00.000Z  9 of 10 requests failed  -
api   -        -                         -                        all servers are used`,
  );
});
