import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import type { Logger } from '../../core/log.ts';
import { ServiceManager, type SendState } from './service-manager.ts';

const environment = { NOTIFY_SOCKET: '/nowhere', WATCHDOG_USEC: '20000' };

function silent(errors: string[] = []): Logger {
  return { debug() {}, info() {}, warn() {}, error: (message) => void errors.push(message) };
}

function recorded(): { readonly said: string[]; readonly send: SendState } {
  const said: string[] = [];
  return { said, send: async (lines) => void said.push(lines.join('|')) };
}

async function until(look: () => boolean): Promise<void> {
  for (let i = 0; i < 4000 && !look(); i++) await pause(5);
  assert.ok(look());
}

test('without NOTIFY_SOCKET nothing is sent, not even to a watchdog', async () => {
  const { said, send } = recorded();
  const manager = new ServiceManager({ log: silent(), environment: { WATCHDOG_USEC: '2000' }, send });
  let asked = 0;
  manager.watch(async () => ++asked > 0);
  manager.ready('up');
  manager.stopping(1000);
  await manager.close();
  assert.deepEqual([said, asked], [[], 0]);
});

test('messages go out in order, one at a time, and a status is one line', async () => {
  const said: string[] = [];
  let running = 0;
  const send: SendState = async (lines) => {
    assert.equal(++running, 1);
    await pause(1);
    said.push(lines.filter((line) => !line.startsWith('MONOTONIC')).join('|'));
    running -= 1;
  };
  const manager = new ServiceManager({ log: silent(), environment: { NOTIFY_SOCKET: '@x' }, send });
  manager.ready('Listening\non 80', true);
  manager.reloading();
  manager.stopping(1500);
  await manager.close();
  assert.deepEqual(said, [
    `READY=1|STATUS=Listening on 80|MAINPID=${process.pid}`,
    'RELOADING=1|STATUS=Loading the config again',
    'STOPPING=1|EXTEND_TIMEOUT_USEC=1500000|STATUS=Open requests may end',
  ]);
});

test('the watchdog hears of it only while all is alive, and nothing after leave()', async () => {
  const { said, send } = recorded();
  const manager = new ServiceManager({ log: silent(), environment, send });
  let [asked, alive] = [0, false];
  manager.watch(async () => {
    asked += 1;
    return alive;
  });
  await until(() => asked >= 3);
  assert.deepEqual(said, []);
  alive = true;
  await until(() => said.length >= 2);
  assert.equal(said[0], 'WATCHDOG=1');
  manager.leave();
  await manager.close();
  const heard = said.length;
  await pause(50);
  assert.equal(said.length, heard);
});

test('the watchdog of another process is none of ours', async () => {
  const { said, send } = recorded();
  const manager = new ServiceManager({ log: silent(), environment: { ...environment, WATCHDOG_PID: '1' }, send });
  let asked = 0;
  manager.watch(async () => ++asked > 0);
  await pause(60);
  await manager.close();
  assert.deepEqual([said, asked], [[], 0]);
});

test('a manager that cannot be told is complained of once', async () => {
  const errors: string[] = [];
  const send: SendState = () => Promise.reject(Object.assign(new Error('spawn'), { code: 'ENOENT' }));
  const manager = new ServiceManager({ log: silent(errors), environment, send });
  manager.ready('one');
  manager.ready('two');
  await manager.close();
  assert.equal(errors.length, 1);
  assert.match(errors[0]!, /no program systemd-notify/);
});

test('what waits for a manager that does not read is bounded', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let sent = 0;
  const send: SendState = () => {
    sent += 1;
    return promise;
  };
  const manager = new ServiceManager({ log: silent(), environment: { NOTIFY_SOCKET: 'x' }, send });
  for (let i = 0; i < 1000; i++) manager.ready('again');
  resolve();
  await manager.close();
  assert.equal(sent, 16);
});
