import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerSockets, type IdleHolder } from './server-sockets.ts';

function holder(): IdleHolder & { asked: number } {
  return {
    asked: 0,
    closeIdle(): void {
      this.asked += 1;
    },
  };
}

test('makeRoom() asks nobody while there is room', () => {
  const sockets = new ServerSockets();
  const one = holder();
  for (let i = 0; i < 5000; i++) sockets.opened(one);
  sockets.makeRoom();
  assert.deepEqual([sockets.open, sockets.full, one.asked], [5000, false, 0]);
});

test('makeRoom() asks all that have connections once they are full, and nobody else', () => {
  const sockets = new ServerSockets();
  const [one, two, gone] = [holder(), holder(), holder()];
  sockets.most = 3;
  for (const each of [one, one, two, gone]) sockets.opened(each);
  sockets.closed(gone, true);
  assert.equal(sockets.full, true);
  sockets.makeRoom();
  assert.deepEqual([one.asked, two.asked, gone.asked], [1, 1, 0]);
  sockets.closed(one, false);
  assert.equal(sockets.full, false);
});

test('what may be kept open is divided over the threads, and each has one at least', () => {
  const sockets = new ServerSockets();
  assert.equal(sockets.shareOf(256), 256);
  sockets.follow(1000, 3);
  assert.deepEqual([sockets.most, sockets.shareOf(256), sockets.shareOf(2), sockets.shareOf(0)], [334, 86, 1, 0]);
});
