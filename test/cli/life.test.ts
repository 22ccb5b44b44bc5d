import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { freePort } from '../harness/free-port.ts';
import { addressOf, endsWell, isOpen, origin, run, start, until } from './command.ts';
import { configOf, site, textOf } from './site.ts';

test('SIGHUP reloads', async (t) => {
  const [one, two] = [await origin(t, 'one'), await origin(t, 'two')];
  const { cwd, write } = site(t, one.url);
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  write(configOf(two.url));
  running.child.kill('SIGHUP');
  await running.said(/The new config is in force/);
  assert.equal(await textOf(`${url}/b`), 'two /b');
});

/** A running proxy with one request that its server does not answer yet. */
async function withOpenRequest(t: TestContext) {
  const slow = await origin(t, 'slow');
  const port = await freePort(); // Nobody else is to listen there once it is closed.
  const { cwd } = site(t, slow.url, '', port);
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  const answer = fetch(`${url}/slow`).then(
    async (response) => await response.text(),
    () => 'cut off',
  );
  await until(
    () => (slow.waiting() === 1 ? true : undefined),
    () => 'the request at the server',
  );
  return { cwd, running, answer, slow, port };
}

async function listenerClosed(port: number): Promise<void> {
  await until(
    async () => ((await isOpen(port)) ? undefined : true),
    () => 'the closed listener',
  );
}

test('SIGTERM lets open requests end, takes no new ones, and ends with 0', async (t) => {
  const { running, answer, slow, port } = await withOpenRequest(t);
  running.child.kill('SIGTERM');
  await running.said(/SIGTERM: stopping in order/);
  await listenerClosed(port);
  slow.release();
  assert.equal(await answer, 'slow /slow');
  const { code, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
});

test('a second SIGTERM stops now, and ends with 1', async (t) => {
  const { running, answer, port } = await withOpenRequest(t);
  running.child.kill('SIGTERM');
  await listenerClosed(port);
  running.child.kill('SIGTERM');
  assert.equal(await answer, 'cut off');
  const { code, stderr } = await running.ended;
  assert.equal(code, 1, stderr);
  assert.match(stderr, /SIGTERM once more: stopping now/);
});

test('stop waits for open requests, stop --now does not', async (t) => {
  const { cwd, running, answer, port } = await withOpenRequest(t);
  const orderly = start(t, ['stop'], { cwd });
  await listenerClosed(port);
  assert.match((await run(t, ['status'], { cwd })).stdout, /draining/);
  assert.equal((await run(t, ['stop', '--now'], { cwd })).code, 0);
  assert.equal(await answer, 'cut off');
  await endsWell(orderly);
  await running.ended;
});

test('Ctrl-C that comes twice at once (by the terminal and by npm) is one', async (t) => {
  const { running, answer, slow, port } = await withOpenRequest(t);
  running.child.kill('SIGINT');
  running.child.kill('SIGINT');
  await listenerClosed(port);
  slow.release();
  assert.equal(await answer, 'slow /slow');
  await endsWell(running);
});

test('SIGUSR1 opens the access log anew', async (t) => {
  const one = await origin(t, 'one');
  const { cwd } = site(t, one.url, 'accessLog: { file: access.log }\n');
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  const log = join(cwd, 'access.log');
  await textOf(`${url}/first`);
  await until(
    () => (existsSync(log) && statSync(log).size > 0 ? true : undefined),
    () => 'the first line',
  );
  await rename(log, `${log}.old`);
  running.child.kill('SIGUSR1');
  await running.said(/The access log was opened anew/);
  await textOf(`${url}/second`);
  await until(
    () => (existsSync(log) && statSync(log).size > 0 ? true : undefined),
    () => 'the line in the new file',
  );
});

/** Signals that a process catches, by number. */
function catches(pid: number, signal: number): boolean {
  const mask = /^SigCgt:\s+([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

test('a SIGUSR1 that comes while Node itself still starts leaves no debugger open', async (t) => {
  const one = await origin(t, 'one');
  const { cwd } = site(t, one.url);
  const running = start(t, ['run'], { cwd, nodeArgs: [`--inspect-port=${await freePort()}`] });
  const { pid } = running.child;
  await until(
    () => (catches(pid!, constants.signals.SIGUSR1) ? true : undefined),
    () => "Node's own handler",
  );
  running.child.kill('SIGUSR1');
  const url = await addressOf(running);
  assert.equal(await textOf(`${url}/a`), 'one /a');
  const debuggerPort = /Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(running.stderr())?.[1];
  if (debuggerPort !== undefined) {
    await until(
      async () => ((await isOpen(Number(debuggerPort))) ? undefined : true),
      () => 'the closed debugger',
    );
  }
});

test('SIGUSR1 during the start neither kills nor opens the debugger', async (t) => {
  const one = await origin(t, 'one');
  const { cwd } = site(t, one.url);
  const running = start(t, ['run'], { cwd });
  await running.said(/starts with/);
  for (let i = 0; i < 10; i++) running.child.kill('SIGUSR1');
  const url = await addressOf(running);
  assert.equal(await textOf(`${url}/a`), 'one /a');
  running.child.kill('SIGTERM');
  const { code, stderr } = await running.ended;
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /Debugger/);
});

test('signals that come before the start is complete are not lost', async (t) => {
  const one = await origin(t, 'one');
  const { cwd } = site(t, one.url);
  const running = start(t, ['run'], { cwd });
  await running.said(/starts with/);
  running.child.kill('SIGTERM');
  const { code, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /"Stopped"/);
});

test('readers of stdout and stderr that go away do not end it', async (t) => {
  const one = await origin(t, 'one');
  const { cwd } = site(t, one.url);
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  running.child.stdout.destroy();
  running.child.stderr.destroy();
  for (let i = 0; i < 5; i++) assert.equal(await textOf(`${url}/${i}`), `one /${i}`);
  running.child.kill('SIGHUP');
  assert.equal(await textOf(`${url}/after`), 'one /after');
  assert.equal((await run(t, ['stop'], { cwd })).code, 0);
  await endsWell(running);
});

/** Lets the process of the command do this when it gets SIGUSR2. */
function planting(code: string): readonly string[] {
  return ['--import', `data:text/javascript,process.on("SIGUSR2",()=>{${code}})`];
}

test('an error that nobody caught is logged, the traffic ends in order, and the exit code is 1', async (t) => {
  const slow = await origin(t, 'slow');
  const { cwd } = site(t, slow.url);
  const running = start(t, ['run'], { cwd, nodeArgs: planting('throw new Error("planted")') });
  const url = await addressOf(running);
  const answer = textOf(`${url}/slow`);
  await until(
    () => (slow.waiting() === 1 ? true : undefined),
    () => 'the request at the server',
  );
  running.child.kill('SIGUSR2');
  await running.said(/Cannot go on, because of a fault in Postern: planted/);
  slow.release();
  assert.equal(await answer, 'slow /slow');
  const { code, stderr } = await running.ended;
  assert.equal(code, 1);
  assert.match(stderr, /"Stopped"/);
});

test('a rejection that nobody waited for is logged, and all goes on', async (t) => {
  const one = await origin(t, 'one');
  const { cwd } = site(t, one.url);
  const running = start(t, ['run'], { cwd, nodeArgs: planting('Promise.reject(new Error("planted"))') });
  const url = await addressOf(running);
  running.child.kill('SIGUSR2');
  await running.said(/A fault in Postern: planted; going on/);
  assert.equal(await textOf(`${url}/a`), 'one /a');
});
