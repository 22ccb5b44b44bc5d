/** Postern as a service of systemd: its unit file, and what it says to the service manager. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { folderFor, origin, run } from '../cli/command.ts';
import { needing } from '../harness/peers/needing.ts';
import { notifications } from './notifications.ts';
import { folder, service } from './service.ts';

const execute = promisify(execFile);

/** The worst that `systemd-analyze security` may say: 0 is no exposure, 10 is all; an ordinary service has 9.6. */
const worstExposure = 2;

const analyze = needing('systemd-analyze');

analyze.test('systemd-analyze finds nothing wrong with the unit, and little that is exposed', async (t) => {
  const cwd = folderFor(t);
  const file = join(cwd, 'postern.service');
  // verify looks whether the program is there.
  const made = await run(t, ['install', 'systemd', '--program', '/bin/true', '--file', file, '--yes'], { cwd });
  assert.equal(made.code, 0, made.stderr);
  const verified = await execute('systemd-analyze', ['verify', '--man=no', file]);
  assert.equal(verified.stderr.replaceAll(/^.*(?<!postern)\.service:.*\n/gm, ''), '');
  const { stdout } = await execute('systemd-analyze', ['security', '--offline=true', '--no-pager', file]);
  const exposure = Number(/Overall exposure level for postern\.service: ([\d.]+)/.exec(stdout)?.[1]);
  assert.ok(exposure <= worstExposure, `the exposure is ${exposure}`);
});

test('install systemd --print shows the unit and writes nothing; its stop time follows "grace"', async (t) => {
  const cwd = folderFor(t);
  const config = join(cwd, 'postern.yaml');
  writeFileSync(config, 'listeners: { a: { address: ":8080" } }\nroutes: [{ to: "http://127.0.0.1:1" }]\ngrace: 2m\n');
  const { stdout, code } = await run(t, ['install', 'systemd', '--print', '--config', config], { cwd });
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^ExecStart=/usr/bin/postern run ${config}$`, 'm'));
  assert.match(stdout, /^TimeoutStopSec=135$/m);
  assert.match(stdout, /^Type=notify$/m);
});

test('install systemd says what is left to do, and replaces another unit only when told to', async (t) => {
  const umask = process.umask(0o022); // It is the command's, too.
  t.after(() => process.umask(umask));
  const cwd = folderFor(t);
  const file = join(cwd, 'postern.service');
  const args = ['install', 'systemd', '--file', file];
  const first = await run(t, args, { cwd });
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /systemctl daemon-reload/);
  assert.match(first.stdout, /systemctl enable --now postern/);
  assert.equal(statSync(file).mode & 0o777, 0o644);
  assert.equal((await run(t, args, { cwd })).code, 0, 'the same text once more is fine');
  writeFileSync(file, 'mine\n');
  const refused = await run(t, args, { cwd });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /--yes replaces it/);
  assert.equal(readFileSync(file, 'utf8'), 'mine\n');
  assert.equal((await run(t, [...args, '--yes'], { cwd })).code, 0);
  assert.match(readFileSync(file, 'utf8'), /ExecReload/);
});

test('install systemd refuses what would be a line of its own in the unit', async (t) => {
  const cwd = folderFor(t);
  for (const option of ['--user', '--config']) {
    const outcome = await run(t, ['install', 'systemd', '--print', option, 'x\nUser=root'], { cwd });
    assert.equal(outcome.code, 2);
    assert.equal(outcome.stdout, '');
  }
});

const systemd = needing('systemd-notify', 'python3');

systemd.test('the service manager is told of the start, reloads, upgrades and the stop', async (t) => {
  const to = await origin(t, 'app');
  const yaml = `listeners:\n  web: { address: "127.0.0.1:0" }\nroutes:\n  - to: ${to.url}\n`;
  const cwd = folder(t, yaml);
  const told = await notifications(t, join(cwd, 'notify.sock'));
  const postern = await service(t, cwd, { env: { NOTIFY_SOCKET: told.address, WATCHDOG_USEC: '600000' } });
  const ready = await told.said(/^READY=1$/m);
  assert.match(ready, /^STATUS=Listening on 127\.0\.0\.1:\d+$/m);
  assert.doesNotMatch(ready, /MAINPID/);
  await told.said(/^WATCHDOG=1$/m);

  let seen = told.messages().length;
  assert.equal((await postern.command('reload')).code, 0);
  await told.said(/^RELOADING=1\nMONOTONIC_USEC=\d+/, seen);
  await told.said(/^READY=1$/m, seen);

  seen = told.messages().length;
  const { stdout } = await postern.command('upgrade');
  const pid = /^Process (\d+)/.exec(stdout)?.[1];
  await told.said(new RegExp(`^MAINPID=${pid}$`, 'm'), seen);
  await postern.first.said(/"Stopped"/);
  seen = told.messages().length;
  await told.said(/^WATCHDOG=1$/m, seen);
  assert.ok(!told.messages().some((message) => message.includes('STOPPING')), 'the service goes on');

  assert.equal((await postern.command('stop')).code, 0);
  assert.match(await told.said(/^STOPPING=1$/m), /^EXTEND_TIMEOUT_USEC=40000000$/m);
});

systemd.test('an abstract socket of the service manager works as well', async (t) => {
  const to = await origin(t, 'app');
  const cwd = folder(t, `listeners:\n  web: { address: "127.0.0.1:0" }\nroutes:\n  - to: ${to.url}\n`);
  const told = await notifications(t, `@${cwd}/notify`);
  await service(t, cwd, { env: { NOTIFY_SOCKET: told.address } });
  await told.said(/^READY=1$/m);
});
