import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ServerStatus } from '../servers/server-care.ts';
import { Exposition } from './exposition.ts';
import { writeServerStates } from './server-metrics.ts';

const up: ServerStatus = {
  pool: 'app',
  server: 'a',
  operator: 'ready',
  health: 'up',
  ejected: false,
  weight: 0.5,
  usable: true,
  since: '2026-01-01T00:00:00.000Z',
  changes: { 'server-up': 2 },
  lastCheck: undefined,
  checks: { passed: 7, failed: 1, history: [{ at: '2026-01-01T00:00:00.000Z', ok: true, ms: 1.5, why: 'connected' }] },
  word: undefined,
};

void test('metrics say of each server whether it is usable, what it weighs, and how its checks went', () => {
  const out = new Exposition();
  const down: ServerStatus = { ...up, server: 'b', usable: false, changes: {}, checks: undefined };
  writeServerStates(out, [up, down], { sent: 3, dropped: 0 });
  const lines = out
    .text()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  assert.deepEqual(lines, [
    'postern_server_up{pool="app",server="a"} 1',
    'postern_server_up{pool="app",server="b"} 0',
    'postern_server_weight{pool="app",server="a"} 0.5',
    'postern_server_weight{pool="app",server="b"} 0.5',
    'postern_server_state_changes_total{pool="app",server="a",event="server-up"} 2',
    'postern_pool_usable_servers{pool="app"} 1',
    'postern_server_checks_total{pool="app",server="a",result="passed"} 7',
    'postern_server_checks_total{pool="app",server="a",result="failed"} 1',
    'postern_server_check_duration_seconds{pool="app",server="a"} 0.0015',
    'postern_webhook_events_total{outcome="sent"} 3',
    'postern_webhook_events_total{outcome="dropped"} 0',
  ]);
});
