import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { addressOf, folderFor, isOpen, origin, run, start, takenPort, until, type Running } from './command.ts';

interface Site {
  readonly cwd: string;
  write(yaml: string): void;
}

/** A folder with a config that serves `to`; port 0 unless said. */
function site(t: TestContext, to: string, more = ''): Site {
  const cwd = folderFor(t);
  const write = (yaml: string): void => writeFileSync(join(cwd, 'postern.yaml'), yaml);
  write(configOf(to, more));
  return { cwd, write };
}

function configOf(to: string, more = ''): string {
  return `listeners:\n  web: { address: "127.0.0.1:0" }\nroutes:\n  - to: ${to}\n${more}`;
}

async function textOf(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

for (const threads of ['0', '1']) {
  test(`run --threads ${threads} serves, tells its status, reloads and stops`, async (t) => {
    const [one, two] = [await origin(t, 'one'), await origin(t, 'two')];
    const { cwd, write } = site(t, one.url);
    const running = start(t, ['run', '--threads', threads], { cwd });
    const url = await addressOf(running);
    await running.said(/Postern \d+\.\d+\.\d+ starts with \.\/postern\.yaml/);
    await running.said(/The access log goes to standard output/);
    assert.equal(await textOf(`${url}/a`), 'one /a');
    assert.equal(statSync(join(cwd, 'postern.sock')).mode & 0o777, 0o600);

    const status = await run(t, ['status'], { cwd });
    assert.equal(status.code, 0, status.stderr);
    assert.match(status.stdout, new RegExp(`^web +${url.slice('http://'.length)} `, 'm'));
    const json = JSON.parse((await run(t, ['status', '--json'], { cwd })).stdout) as Record<string, unknown>;
    assert.equal(json['phase'], 'running');
    assert.equal(json['pid'], running.child.pid);

    const same = await run(t, ['reload'], { cwd });
    assert.deepEqual([same.code, same.stdout], [0, 'The config is the same as before: nothing was changed\n']);

    write(configOf(two.url));
    const changed = await run(t, ['reload'], { cwd });
    assert.deepEqual([changed.code, changed.stdout], [0, 'The new config is in force\n']);
    assert.equal(await textOf(`${url}/b`), 'two /b', 'the listener stayed where it was');

    const stopped = await run(t, ['stop'], { cwd });
    assert.deepEqual([stopped.code, stopped.stdout], [0, 'Postern has stopped\n']);
    const { code, stderr } = await running.ended;
    assert.equal(code, 0, stderr);
    assert.equal(existsSync(join(cwd, 'postern.sock')), false);
    for (const line of stderr.trimEnd().split('\n')) JSON.parse(line);
  });
}

test('a bad config changes nothing and says why, to the caller and in the log', async (t) => {
  const one = await origin(t, 'one');
  const { cwd, write } = site(t, one.url);
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  write(configOf(one.url, 'grace: soon\n'));
  const { code, stdout, stderr } = await run(t, ['reload'], { cwd });
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /^postern: \.\/postern\.yaml:5:8: .*"soon"/);
  assert.match(stderr, /Nothing was changed: the config before stays in force\n$/);
  await running.said(/postern\.yaml:5:8: .*soon/);
  assert.equal(await textOf(`${url}/a`), 'one /a');
  assert.match((await run(t, ['status'], { cwd })).stdout, /^last reload +failed/m);
});

test('a config whose listener cannot be opened changes nothing', async (t) => {
  const [one, two] = [await origin(t, 'one'), await origin(t, 'two')];
  const port = await takenPort(t);
  const { cwd, write } = site(t, one.url);
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  write(configOf(two.url).replace('routes:', `  more: { address: "127.0.0.1:${port}" }\nroutes:`));
  const { code, stderr } = await run(t, ['reload'], { cwd });
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port}`));
  assert.equal(await textOf(`${url}/a`), 'one /a');
});

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

test('a port that is in use is said in words, with exit code 1', async (t) => {
  const port = await takenPort(t);
  const cwd = folderFor(t);
  const { code, stderr } = await run(t, ['proxy', '--from', `127.0.0.1:${port}`, '--to', 'http://127.0.0.1:1'], {
    cwd,
  });
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${port}`));
  assert.equal(existsSync(join(cwd, 'postern.sock')), false, 'nothing is left behind');
});

test('a second run with the same control socket says that one is running', async (t) => {
  const one = await origin(t, 'one');
  const { cwd } = site(t, one.url);
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  const second = await run(t, ['run'], { cwd });
  assert.equal(second.code, 1);
  assert.match(second.stderr, /Postern is already running with it; stop that one, or name another with --socket/);
  assert.equal(await textOf(`${url}/a`), 'one /a');
  const third = start(t, ['proxy', '--from', '127.0.0.1:0', '--to', one.url], { cwd });
  assert.equal(await textOf(`${await addressOf(third)}/b`), 'one /b', 'proxy does without the socket');
});

test('the socket of a process that was killed is taken over', async (t) => {
  const one = await origin(t, 'one');
  const { cwd } = site(t, one.url);
  const first = start(t, ['run'], { cwd });
  await addressOf(first);
  first.child.kill('SIGKILL');
  assert.equal((await first.ended).signal, 'SIGKILL');
  const second = start(t, ['run'], { cwd });
  await addressOf(second);
  assert.equal((await run(t, ['status'], { cwd })).code, 0);
});

/** A running proxy with one request that its server does not answer yet. */
async function withOpenRequest(t: TestContext) {
  const slow = await origin(t, 'slow');
  const { cwd } = site(t, slow.url);
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
  return { cwd, running, answer, slow, port: Number(new URL(url).port) };
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
  assert.equal((await orderly.ended).code, 0);
  await running.ended;
});

test('Ctrl-C that comes twice at once (by the terminal and by npm) is one', async (t) => {
  const { running, answer, slow, port } = await withOpenRequest(t);
  running.child.kill('SIGINT');
  running.child.kill('SIGINT');
  await listenerClosed(port);
  slow.release();
  assert.equal(await answer, 'slow /slow');
  assert.equal((await running.ended).code, 0);
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
  const running = start(t, ['run'], { cwd, nodeArgs: ['--inspect-port=0'] });
  const { pid } = running.child;
  await until(
    () => (catches(pid!, constants.signals.SIGUSR1) ? true : undefined),
    () => "Node's own handler",
  );
  running.child.kill('SIGUSR1');
  const url = await addressOf(running);
  assert.equal(await textOf(`${url}/a`), 'one /a');
  const debuggerPort = /Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(running.stderr())?.[1];
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
  assert.equal((await running.ended).code, 0);
});

test('proxy needs no file, and shares requests over several servers', async (t) => {
  const [one, two] = [await origin(t, 'one'), await origin(t, 'two')];
  const cwd = folderFor(t);
  const running: Running = start(t, ['proxy', '--from', '127.0.0.1:0', '--to', one.url, '--to', two.url], { cwd });
  const url = await addressOf(running);
  const answers = new Set<string>();
  for (let i = 0; i < 4; i++) answers.add(await textOf(`${url}/`));
  assert.deepEqual([...answers].toSorted(), ['one /', 'two /']);
});

test('reload, stop and status find the socket by the config, even a broken one, and by --socket', async (t) => {
  const one = await origin(t, 'one');
  const { cwd, write } = site(t, one.url, 'admin: { socket: own.sock }\n');
  const running = start(t, ['run'], { cwd });
  await addressOf(running);
  assert.equal((await run(t, ['status'], { cwd })).code, 0);
  assert.equal((await run(t, ['status', '--socket', 'own.sock'], { cwd })).code, 0);
  const elsewhere = folderFor(t);
  assert.equal((await run(t, ['status', '--config', join(cwd, 'postern.yaml')], { cwd: elsewhere })).code, 0);
  assert.equal((await run(t, ['status'], { cwd: elsewhere })).code, 1);
  write(configOf(one.url, 'admin: { socket: own.sock }\ngrace: soon\n'));
  assert.equal((await run(t, ['reload'], { cwd })).code, 2);
});

test('a reload can move the control socket', async (t) => {
  const one = await origin(t, 'one');
  const { cwd, write } = site(t, one.url, 'admin: { socket: a.sock }\n');
  const running = start(t, ['run'], { cwd });
  await addressOf(running);
  write(configOf(one.url, 'admin: { socket: b.sock }\n'));
  assert.equal((await run(t, ['reload', '--socket', 'a.sock'], { cwd })).code, 0);
  assert.equal((await run(t, ['status', '--socket', 'b.sock'], { cwd })).code, 0);
  assert.equal(existsSync(join(cwd, 'a.sock')), false);
});
