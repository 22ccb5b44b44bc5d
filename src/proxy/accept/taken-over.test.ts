import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TakenOver } from './taken-over.ts';

const web = { kind: 'tcp', host: '127.0.0.1', port: 80 } as const;
const every = { kind: 'tcp', host: undefined, port: 80 } as const;
const unix = { kind: 'unix', path: '/run/x.sock', mode: 0o660 } as const;

test('find() goes by the address of the plan, and by the path alone for a unix socket', () => {
  const taken = new TakenOver();
  taken.offer([
    { address: web, port: 80, fd: 3 },
    { address: unix, port: 0, fd: undefined },
  ]);
  assert.equal(taken.find({ ...web })?.fd, 3);
  assert.equal(taken.find(every), undefined);
  assert.equal(taken.find({ ...unix, mode: 0o600 })?.address, unix);
});

test('settle() gives back the descriptors that nothing uses, once', () => {
  const taken = new TakenOver();
  taken.offer([
    { address: web, port: 80, fd: 3 },
    { address: every, port: 80, fd: 4 },
    { address: unix, port: 0, fd: undefined },
  ]);
  assert.equal(taken.find(web)?.fd, 3);
  assert.deepEqual(taken.settle([web]), [4]);
  assert.deepEqual(taken.settle([]), []);
  assert.equal(taken.find(web), undefined);
});

test('settle() gives back all but one of several sockets of an address: nobody would accept from the others', () => {
  const taken = new TakenOver();
  taken.offer([3, 4, 5].map((fd) => ({ address: web, port: 80, fd })));
  assert.equal(taken.find(web)?.fd, 3);
  assert.deepEqual(taken.settle([web]), [4, 5]);
});

test('overlaps() is true where a part of the address is one of theirs, by the port that they really have', () => {
  const taken = new TakenOver();
  taken.offer([
    { address: { ...web, port: 0 }, port: 8080, fd: undefined },
    { address: unix, port: 0, fd: undefined },
  ]);
  assert.equal(taken.overlaps({ ...every, port: 8080 }), true);
  assert.equal(taken.overlaps({ ...every, port: 8081 }), false);
  assert.equal(taken.overlaps({ ...web, port: 8080, host: '::1' }), false);
  assert.equal(taken.overlaps(unix), false);
});
