/** What bin/postern.js does on a Node that is too old: the oldest one that the machine has. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { freePort } from '../harness/free-port.ts';
import { addressOf, folderFor, isOpen, origin, run, script, start, until } from './command.ts';

const oldNode = findOldNode();
const options = oldNode === undefined ? { skip: 'no Node older than 24 is installed' } : {};
const node = oldNode ?? '';

/** Not the one that runs this, and not one of a node_modules. */
function findOldNode(): string | undefined {
  const folders = ['/usr/bin', '/usr/local/bin', ...(process.env['PATH'] ?? '').split(':')];
  for (const folder of folders) {
    const path = join(folder, 'node');
    if (folder.includes('node_modules') || !existsSync(path)) continue;
    const major = Number(/^v(\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1]);
    if (major >= 14 && major < 24) return path;
  }
  return undefined;
}

/** A folder with a config for one server. */
function configFor(t: TestContext, url: string, port = 0): string {
  const cwd = folderFor(t);
  const yaml = `listeners:\n  web: { address: "127.0.0.1:${port}" }\nroutes:\n  - to: ${url}\n`;
  writeFileSync(join(cwd, 'postern.yaml'), yaml);
  return cwd;
}

/** The child of a process, from /proc. */
function childOf(pid: number): number | undefined {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? undefined : Number(text.split(' ')[0]);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('on an old Node the command runs on the one of the project', options, async (t) => {
  const cwd = folderFor(t);
  const { code, stdout, stderr } = await run(t, ['version', '--verbose'], { cwd, node });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  const major = Number(/^node +(\d+)\./m.exec(stdout)?.[1]);
  assert.ok(major >= 24, stdout);
});

test('arguments, output and exit codes pass through', options, async (t) => {
  const cwd = folderFor(t);
  const misuse = await run(t, ['chek', 'a b', '--x=*'], { cwd, node });
  assert.equal(misuse.code, 2);
  assert.match(misuse.stderr, /unknown command 'chek' \(Did you mean check\?\)/);
  assert.equal((await run(t, ['status'], { cwd, node })).code, 1);
});

test('SIGHUP, SIGUSR1 and SIGTERM pass through, and none opens the debugger', options, async (t) => {
  const one = await origin(t, 'one');
  const running = start(t, ['run'], { cwd: configFor(t, one.url), node });
  const url = await addressOf(running);
  running.child.kill('SIGHUP');
  await running.said(/SIGHUP: loading the config again/);
  running.child.kill('SIGUSR1');
  await running.said(/The access log was opened anew/);
  assert.equal(await (await fetch(`${url}/a`)).text(), 'one /a');
  running.child.kill('SIGTERM');
  const { code, signal, stderr } = await running.ended;
  assert.deepEqual([code, signal], [0, null], stderr);
  assert.doesNotMatch(stderr, /Debugger/);
});

test('SIGUSR1 right after the start neither kills nor opens the debugger', options, async (t) => {
  const one = await origin(t, 'one');
  const running = start(t, ['run'], { cwd: configFor(t, one.url), node });
  await until(
    () => childOf(running.child.pid!),
    () => 'the child',
  );
  for (let i = 0; i < 20; i++) {
    running.child.kill('SIGUSR1');
    await new Promise((resolve) => void setTimeout(resolve, 10));
  }
  const url = await addressOf(running);
  assert.equal(await (await fetch(`${url}/a`)).text(), 'one /a');
  assert.doesNotMatch(running.stderr(), /Debugger/);
});

test('the launcher dies by the signal that its child died by', options, async (t) => {
  const one = await origin(t, 'one');
  const running = start(t, ['run'], { cwd: configFor(t, one.url), node });
  await addressOf(running);
  process.kill(childOf(running.child.pid!)!, 'SIGKILL');
  const { code, signal } = await running.ended;
  assert.deepEqual([code, signal], [null, 'SIGKILL']);
});

test('a launcher that is killed leaves nothing running', options, async (t) => {
  const one = await origin(t, 'one');
  const port = await freePort(); // Nobody else is to listen there once it is closed.
  const running = start(t, ['run'], { cwd: configFor(t, one.url, port), node });
  await addressOf(running);
  const child = childOf(running.child.pid!)!;
  running.child.kill('SIGKILL');
  await until(
    () => (isRunning(child) ? undefined : true),
    () => 'the end of the child',
  );
  assert.equal(await isOpen(port), false);
});

/** The script alone in a folder, without anything that it could run on. */
function copyOfScript(t: TestContext): string {
  const folder = folderFor(t);
  mkdirSync(join(folder, 'bin'));
  copyFileSync(script, join(folder, 'bin', 'postern.js'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return join(folder, 'bin', 'postern.js');
}

test('where the project has no Node of its own, one line says what to do', options, async (t) => {
  const copy = copyOfScript(t);
  const { code, stdout, stderr } = await run(t, ['run'], { cwd: dirname(copy), node, script: copy });
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(
    stderr,
    /^postern: Cannot run on Node \d+\.\d+\.\d+: Postern needs Node 24 or newer; install that, or run "npm ci" in [^\n]+, which brings one on Linux\n$/,
  );
});

test('a Node of its own is found further up, where npm puts it', options, async (t) => {
  const copy = copyOfScript(t);
  const own = join(dirname(dirname(copy)), 'node_modules', `node-linux-${process.arch}`, 'bin');
  mkdirSync(own, { recursive: true });
  symlinkSync(process.execPath, join(own, 'node'));
  const { code, stderr } = await run(t, ['version'], { cwd: dirname(copy), node, script: copy });
  assert.equal(code, 2);
  assert.match(stderr, /^postern: Cannot start: Cannot find module [^\n]*; install it anew\n$/, 'it came so far');
});

test('the script parses on every Node that is here', options, () => {
  execFileSync(node, ['--check', script]);
});
