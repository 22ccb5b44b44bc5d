import assert from 'node:assert/strict';
import { test } from 'node:test';

import { findAccount, type ReadSystemFile } from './accounts.ts';

const read: ReadSystemFile = (path) =>
  path === '/etc/passwd'
    ? 'root:x:0:0:root:/root:/bin/sh\npostern:x:990:980::/var/lib/postern:/usr/sbin/nologin\n'
    : 'root:x:0:\npostern:x:980:\nssl-cert:x:110:postern\n';

test('a user is found by name or number, and has its own group unless another is named', () => {
  assert.deepEqual(findAccount('postern', undefined, read), { uid: 990, gid: 980, name: 'postern' });
  assert.deepEqual(findAccount('990', 'ssl-cert', read), { uid: 990, gid: 110, name: 'postern' });
  assert.deepEqual(findAccount('postern', '110', read), { uid: 990, gid: 110, name: 'postern' });
});

test('a number that the system does not know will do, if there is a group', () => {
  assert.deepEqual(findAccount('1234', '5678', read), { uid: 1234, gid: 5678, name: undefined });
  assert.throws(() => findAccount('1234', undefined, read), /add "group"/);
});

test('names that are nobody, and numbers that the kernel takes for "as it is", are refused with what to do', () => {
  assert.throws(() => findAccount('nobody-here', undefined, read), /useradd/);
  assert.throws(() => findAccount('postern', 'nothing', read), /groupadd/);
  assert.throws(() => findAccount('4294967295', '0', read), /Cannot find the user/);
});

test('without the files of the system, numbers still work', () => {
  const none: ReadSystemFile = () => {
    throw new Error('ENOENT');
  };
  assert.deepEqual(findAccount('65532', '65532', none), { uid: 65_532, gid: 65_532, name: undefined });
});
