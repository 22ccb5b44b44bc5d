import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Logger } from '../../core/log.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import { becomeUser, type Identity } from './become-user.ts';

function attempt(identity: { user?: string; group?: string }, self: Identity, takesOver = false): readonly string[] {
  const warnings: string[] = [];
  const log: Logger = { debug() {}, info() {}, warn: (message) => void warnings.push(message), error() {} };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else is looked at
  const config = { identity: { user: identity.user, group: identity.group } } as LoadedConfig;
  becomeUser(config, { log, takesOver, beforeExec: () => assert.fail('not to be reached'), self });
  return warnings;
}

function ids(uid: number, { euid = uid, gid = uid } = {}): Identity {
  return { getuid: () => uid, geteuid: () => euid, getegid: () => gid };
}

test('root without a user goes on, and is warned', () => {
  assert.match(attempt({}, ids(0))[0]!, /Running as root/);
  assert.match(attempt({ user: '0', group: '0' }, ids(0))[0]!, /Running as root/);
  assert.deepEqual(attempt({}, ids(1000)), []);
});

test('who is the user already goes on as it is', () => {
  assert.deepEqual(attempt({ user: '1000', group: '1000' }, ids(1000)), []);
});

test('a process that is not root and not the user, or only half of it, does not start', () => {
  assert.throws(() => attempt({ user: '1001', group: '1001' }, ids(1000)), /only root can/);
  assert.throws(() => attempt({ user: '1000', group: '1000' }, ids(1000, { euid: 0 })), /Cannot become/);
  assert.throws(() => attempt({ user: '1000', group: '1000' }, ids(1000, { gid: 0 })), /Cannot have the group 1000/);
});

test('a successor of a process that runs as root cannot change the user: its sockets would be lost', () => {
  assert.throws(() => attempt({ user: '1000', group: '1000' }, ids(0), true), /restart Postern/);
});

test('a system without users has nothing to change', () => {
  assert.deepEqual(attempt({ user: 'postern' }, {}), []);
});
