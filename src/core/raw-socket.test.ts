import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { pendingWriteBytes } from './raw-socket.ts';

test('pendingWriteBytes() is undefined where there is nothing to ask, and does not throw', () => {
  assert.equal(pendingWriteBytes(new net.Socket()), undefined);
  assert.equal(pendingWriteBytes({ _handle: null } as unknown as net.Socket), undefined);
  assert.equal(pendingWriteBytes({ _handle: {} } as unknown as net.Socket), undefined);
  assert.equal(pendingWriteBytes({ _handle: { writeQueueSize: 7 } } as unknown as net.Socket), 7);
});
