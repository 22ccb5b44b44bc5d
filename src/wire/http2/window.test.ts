import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maxWindow } from './codes.ts';
import { ReceiveWindow, SendWindow } from './window.ts';

test('6.9: a sender sends no more than its window', () => {
  const window = new SendWindow(10);
  assert.equal(window.room(20), 10);
  window.take(10);
  assert.equal(window.room(1), 0);
  assert.equal(window.change(5), true);
  assert.equal(window.room(3), 3);
});

test('6.9.1: a window is never more than 2^31 - 1', () => {
  const window = new SendWindow(65_535);
  assert.equal(window.change(maxWindow - 65_535), true);
  assert.equal(window.change(1), false);
  assert.equal(window.left, maxWindow);
});

test('6.9.2: a smaller initial size may make a window negative, and what comes later counts from there', () => {
  const window = new SendWindow(65_535);
  window.take(65_535);
  assert.equal(window.change(16_384 - 65_535), true);
  assert.equal(window.left, 16_384 - 65_535);
  assert.equal(window.room(1), 0);
  assert.equal(window.change(65_535 - 16_384 + 1), true);
  assert.equal(window.room(9), 1);
});

test('6.9.1: a receiver refuses more than it has allowed', () => {
  const window = new ReceiveWindow(10);
  assert.equal(window.receive(7), true);
  assert.equal(window.receive(4), false);
  assert.equal(window.receive(3), true);
  assert.equal(window.held, 10);
});

test('credit is given for half of the window at once', () => {
  const window = new ReceiveWindow(100);
  window.receive(50);
  assert.equal(window.credit(49), 0);
  assert.equal(window.held, 1);
  assert.equal(window.credit(1), 50);
  assert.equal(window.left, 100);
  window.receive(30);
  assert.equal(window.credit(30), 0);
  assert.equal(window.flush(), 30);
  assert.equal(window.flush(), 0);
  assert.equal(window.left, 100);
});

test('grow() stays within what a window may be', () => {
  const window = new ReceiveWindow(65_535);
  assert.equal(window.grow(1_000_000), 1_000_000);
  assert.equal(window.left, 1_065_535);
  assert.equal(window.grow(maxWindow), maxWindow - 1_065_535);
  assert.equal(window.grow(1), 0);
});

test('resize() may leave a peer with less than nothing', () => {
  const window = new ReceiveWindow(100);
  window.receive(90);
  window.resize(-50);
  assert.equal(window.left, -40);
  assert.equal(window.receive(0), true);
  assert.equal(window.receive(1), false);
  assert.equal(window.held, 90);
});

test('whatever comes and is used up, no more is held than the window, and no credit is lost', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 40 })), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (all) => {
      const window = new ReceiveWindow(100);
      let held = 0;
      for (const [comes, bytes] of all) {
        if (comes) held += window.receive(bytes) ? bytes : 0;
        else {
          const used = Math.min(bytes, held);
          window.credit(used);
          held -= used;
        }
        assert.equal(window.held, held);
        assert.ok(held <= 100);
      }
      window.credit(held);
      window.flush();
      assert.equal(window.left, 100);
    }),
  );
});

test('a window of which more than half is held goes on with the rest of it', () => {
  const window = new ReceiveWindow(1000);
  window.receive(1000);
  assert.equal(window.credit(400), 400);
  assert.equal(window.held, 600);
  window.receive(400);
  assert.equal(window.left, 0);
  assert.equal(window.credit(1), 1, 'the peer can send nothing before this');
  window.receive(1);
  assert.equal(window.credit(399), 399);
  window.receive(100);
  assert.equal(window.credit(100), 0, 'most of what it may have is left to it');
});
