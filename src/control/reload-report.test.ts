import assert from 'node:assert/strict';
import { test } from 'node:test';

import { reportText, type ReloadReport } from './reload-report.ts';

const none = { added: [], removed: [], changed: [], kept: 3 };

const report: ReloadReport = {
  changes: { listeners: none, routes: none, pools: none, settings: [] },
  kept: { connections: 1204, tunnels: 37 },
  loadMs: 40,
  swapMs: 7,
};

void test('reportText() counts what changed, and says what was kept and how long it took', () => {
  const rest = '; kept 1204 connections, 37 tunnels; loaded in 40 ms, swapped in 7 ms';
  assert.equal(reportText(report), `nothing that carries traffic changed${rest}`);
  const changes = {
    listeners: { ...none, changed: ['web'] },
    routes: { ...none, added: ['a', 'b'], removed: ['c'] },
    pools: none,
    settings: ['grace', 'accessLog'],
  };
  const words = 'changed 1 listener, added 2 routes, removed 1 route, changed: grace, accessLog';
  assert.equal(reportText({ ...report, changes }), words + rest);
  assert.equal(reportText({ ...report, changes, kept: undefined }), `${words}; loaded in 40 ms, swapped in 7 ms`);
});
