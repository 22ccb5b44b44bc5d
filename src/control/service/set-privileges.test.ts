import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ownCapabilities, setprivArgs } from './set-privileges.ts';

const account = { uid: 990, gid: 980, name: 'postern' };

test('setpriv keeps the right to low ports and no other', () => {
  assert.deepEqual(setprivArgs(account, 0x1ff_ffff_ffffn), [
    '--reuid=990',
    '--regid=980',
    '--init-groups',
    '--no-new-privs',
    '--inh-caps=-all,+net_bind_service',
    '--ambient-caps=-all,+net_bind_service',
    '--bounding-set=-all,+net_bind_service',
  ]);
});

test('in a container that has taken rights from root, nothing is asked for that it cannot give', () => {
  const args = setprivArgs({ ...account, name: undefined }, 0n);
  assert.deepEqual(args.slice(2), ['--clear-groups', '--no-new-privs', '--inh-caps=-all', '--ambient-caps=-all']);
});

test('ownCapabilities() is what the process has and may pass on', () => {
  assert.equal(ownCapabilities('CapEff:\t0000000000000500\nCapBnd:\t0000000000000400\n'), 0x400n);
  assert.equal(ownCapabilities(''), 0n);
});
