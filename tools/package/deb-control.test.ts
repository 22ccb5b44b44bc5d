import assert from 'node:assert/strict';
import { test } from 'node:test';

import { controlFile, debianChangelog, debianVersion, maintainer } from './deb-control.ts';

test('a version before a version is also one for Debian', () => {
  assert.equal(debianVersion('1.2.3'), '1.2.3');
  assert.equal(debianVersion('1.2.3-rc.1'), '1.2.3~rc.1');
});

test('the maintainer is who packs it, unless the name would break the file', () => {
  assert.equal(
    maintainer({ DEBFULLNAME: 'Ann Example', DEBEMAIL: 'ann@example.org' }),
    'Ann Example <ann@example.org>',
  );
  assert.equal(maintainer({ DEBFULLNAME: 'Ann\nDepends: evil' }), 'The Postern authors <postern@packages.invalid>');
});

test('the control file has fields, one a line, and text that is indented', () => {
  const text = controlFile({ version: '1.0.0-rc.1', arch: 'arm64', maintainer: 'A <a@example.org>', installedSize: 7 });
  for (const line of text.trimEnd().split('\n')) assert.match(line, /^([A-Z][A-Za-z-]+: \S.*| \S.*)$/);
  assert.match(text, /^Version: 1\.0\.0~rc\.1\nArchitecture: arm64$/m);
  assert.match(text, /^Depends: .*libatomic1/m);
});

test('the changelog has the time of the sources', () => {
  const text = debianChangelog({ version: '1.0.0', maintainer: 'A <a@example.org>' }, 1_790_000_000);
  assert.match(text, /^postern \(1\.0\.0\) stable; urgency=medium\n/);
  assert.match(text, /\n -- A <a@example\.org> {2}Mon, 21 Sep 2026 14:13:20 \+0000\n$/);
});
