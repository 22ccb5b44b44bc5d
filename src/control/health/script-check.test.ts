import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import type { CheckResult } from './check-result.ts';
import { scriptCheck } from './script-check.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-script-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function scriptIn(folder: string, text: string): string {
  const file = join(folder, 'check');
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

async function run(command: readonly [string, ...string[]], timeoutMs = 10_000): Promise<CheckResult> {
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  scriptCheck({ command, environment: { POSTERN_PORT: '8080', POSTERN_ADDRESS: '10.0.0.5' }, timeoutMs }, resolve);
  return await promise;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    if (holds()) return;
    // oxlint-disable-next-line no-await-in-loop -- it polls
    await pause(5);
  }
  assert.fail(`never came: ${what}`);
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
}

void test('a script that ends with 0 has found the server well, and is told of it without a shell', async (t) => {
  const file = scriptIn(folderOf(t), 'echo "$POSTERN_ADDRESS:$POSTERN_PORT $1 ${HOME:-nothing}"');
  assert.deepEqual(await run([file, '$(id) *']), {
    kind: 'passed',
    why: 'the script ended with 0: 10.0.0.5:8080 $(id) * nothing',
  });
});

void test('any other end is a failure, with the first line that it wrote', async (t) => {
  const file = scriptIn(folderOf(t), 'printf "no \\033[31mdatabase\\nmore" >&2; exit 3');
  assert.deepEqual(await run([file]), { kind: 'failed', why: 'the script ended with 3: no ?[31mdatabase' });
});

void test('one that goes on for too long is killed, with all that it started', async (t) => {
  const folder = folderOf(t);
  const file = scriptIn(folder, `sleep 600 & echo $! > ${folder}/pid; yes; wait`);
  const pid = join(folder, 'pid');
  assert.deepEqual(await run([file], 2000), { kind: 'failed', why: 'the script had not ended after 2 s' });
  assert.ok(existsSync(pid));
  await until('an end of the child', () => !runs(Number(readFileSync(pid, 'utf8'))));
});

void test('what it leaves behind does not outlive it', async (t) => {
  const folder = folderOf(t);
  const file = scriptIn(folder, `sleep 600 & echo $! > ${folder}/pid`);
  assert.equal((await run([file])).kind, 'passed');
  await until('an end of the child', () => !runs(Number(readFileSync(join(folder, 'pid'), 'utf8'))));
});

void test('a script that cannot be run says nothing of the server', async (t) => {
  const folder = folderOf(t);
  const why = 'the script cannot be run: there is no such program';
  assert.deepEqual(await run([join(folder, 'nothing')]), { kind: 'void', why });
  writeFileSync(join(folder, 'text'), 'x');
  const other = await run([join(folder, 'text')]);
  assert.deepEqual(other, { kind: 'void', why: 'the script cannot be run: it is not executable' });
});
