import assert from 'node:assert/strict';
import { test } from 'node:test';

import { systemdUnit, usualUnit } from './systemd-unit.ts';

test('a stop may take the grace period and a little more', () => {
  assert.match(systemdUnit({ ...usualUnit, graceMs: 90_500 }), /^TimeoutStopSec=106$/m);
});

test('paths with spaces, percent and dollar signs reach the program as they are', () => {
  const unit = systemdUnit({ ...usualUnit, config: '/srv/my 100%/$x".yaml' });
  assert.match(unit, /^ExecStart=\/usr\/bin\/postern run "\/srv\/my 100%%\/\$\$x\\"\.yaml"$/m);
});

test('every line is a comment, a section, a setting or empty', () => {
  for (const line of systemdUnit(usualUnit).split('\n')) assert.match(line, /^(|[#;].*|\[\w+\]|[A-Z]\w+=\S.*)$/);
});
