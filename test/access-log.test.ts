import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { LogRotation } from '../src/control/log-rotation.ts';
import { systemClock } from '../src/core/clock.ts';
import type { AccessLogPlan } from '../src/proxy/plan.ts';
import type { ThreadResult, ThreadWork } from './access-log-thread.ts';

const threadFile = new URL('./access-log-thread.ts', import.meta.url);
/** Logs in its only thread. */
const oneThreadFile = fileURLToPath(threadFile);
/** Logs in a worker thread. */
const processFile = fileURLToPath(new URL('./access-log-process.ts', import.meta.url));

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'access-log-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** The ids in some JSON lines, each of which must be whole. */
function idsOf(text: string): string[] {
  assert.ok(text === '' || text.endsWith('\n'), 'the last line is whole');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const value: unknown = JSON.parse(line);
      return typeof value === 'object' && value !== null && 'id' in value ? String(value.id) : '';
    });
}

test('several threads append to one file: every line is whole and none is lost through five rotations', async (t) => {
  const [threads, lines, reopens] = [3, 20_000, 5];
  const folder = await folderFor(t);
  const path = join(folder, 'access.log');
  const to = { kind: 'file', path } as const;
  const workers = Array.from(
    { length: threads },
    (_, thread) => new Worker(threadFile, { workerData: { thread, lines, reopens, to } satisfies ThreadWork }),
  );
  t.after(() => Promise.all(workers.map((worker) => worker.terminate())));
  const ended = workers.map((worker) => resultOf(worker));
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const rotation = new LogRotation(planOf(to), {
    reopen: async () => void (await Promise.all(workers.map((worker) => reopened(worker)))),
    clock: systemClock,
    log: { debug: warn, info: warn, warn, error: warn },
  });
  for (let turn = 0; turn < reopens; turn++) {
    for (let i = 0; i < 5000 && !((await stat(path).catch(() => undefined))?.size ?? 0); i++) await pause(2);
    await rotation.rotateNow();
  }
  const results = await Promise.all(ended);
  for (const { recorded, written, dropped } of results) {
    assert.ok(recorded >= lines, `${recorded} lines`);
    assert.deepEqual([written, dropped], [recorded, 0]);
  }
  const all = results.reduce((sum, { recorded }) => sum + recorded, 0);
  const names = await readdir(folder);
  assert.equal(names.length, 6, names.join());
  assert.deepEqual(warnings, []);
  const ids = (await Promise.all(names.map((name) => readFile(join(folder, name), 'latin1')))).flatMap(idsOf);
  assert.equal(ids.length, all);
  assert.equal(new Set(ids).size, all);
});

function planOf(to: AccessLogPlan['to']): AccessLogPlan {
  return { format: 'json', to, mask: [], rotate: { maxBytes: 0, everyMs: 0, keep: 10 } };
}

/** What a thread says in the end. */
function resultOf(worker: Worker): Promise<ThreadResult> {
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', (message: ThreadResult | 'reopened') => {
      if (message !== 'reopened') resolve(message);
    });
  });
}

/** Resolves when the thread has the new file, or has ended. */
function reopened(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.on('message', () => resolve());
    worker.on('exit', () => resolve());
    worker.postMessage('reopen');
  });
}

interface Run {
  readonly code: number | null;
  readonly result: ThreadResult;
}

/** Runs a process that logs to its standard output; `stdout` as for `spawn`. Killed after 60 s. */
function start(
  lines: number,
  stdout: 'pipe' | number,
  file: string = processFile,
): { readonly child: ChildProcess; readonly end: Promise<Run> } {
  const work: ThreadWork = { thread: 0, lines, to: { kind: 'stdout' } };
  const child = spawn(process.execPath, [file, JSON.stringify(work)], {
    stdio: ['ignore', stdout, 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  return { child, end: endOf(child) };
}

async function endOf(child: ChildProcess): Promise<Run> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  // Not its 'close': nobody may read its standard output.
  await Promise.all([once(child, 'exit'), once(child.stderr!, 'close')]);
  const last = said.trim().split('\n').at(-1) ?? '';
  assert.match(last, /^\{/, `the process ended without a result: ${said}`);
  return { code: child.exitCode, result: JSON.parse(last) };
}

async function textOf(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) text += String(chunk);
  return text;
}

test('standard output as a socket: a reader gets every line', async () => {
  const { child, end } = start(5000, 'pipe'); // Node gives its children sockets.
  const [text, run] = await Promise.all([textOf(child), end]);
  assert.deepEqual(run, { code: 0, result: { recorded: 5000, written: 5000, dropped: 0 } });
  assert.equal(idsOf(text).length, 5000);
});

for (const [where, file] of [
  ['a worker', processFile],
  ['the main thread', oneThreadFile],
] as const) {
  test(`standard output of ${where} as a socket that nobody reads: lines are dropped, the process ends`, async () => {
    const { child, end } = start(30_000, 'pipe', file);
    const { code, result } = await end;
    child.stdout?.destroy();
    assert.equal(code, 0);
    assert.ok(result.dropped > 10_000, JSON.stringify(result));
  });

  test(`standard output of ${where} as a socket whose reader goes away: lines are dropped, the process ends`, async () => {
    const { child, end } = start(30_000, 'pipe', file);
    child.stdout?.destroy();
    const { code, result } = await end;
    assert.equal(code, 0);
    assert.equal(result.written + result.dropped, 30_000);
    assert.ok(result.dropped > 0);
  });
}

test('standard output as a file: it is appended to, and what others write there stays', async (t) => {
  const path = join(await folderFor(t), 'out');
  const fd = openSync(path, 'w');
  t.after(() => closeSync(fd));
  const { end } = start(5000, fd);
  assert.deepEqual(await end, { code: 0, result: { recorded: 5000, written: 5000, dropped: 0 } });
  assert.equal(idsOf(await readFile(path, 'latin1')).length, 5000);
});

test('standard output as a pipe: a reader gets every line', async () => {
  const { child, end } = throughShell('cat');
  const [text, run] = await Promise.all([textOf(child), end]);
  assert.equal(run.code, 0);
  assert.deepEqual(run.result, { recorded: 5000, written: 5000, dropped: 0 });
  assert.equal(idsOf(text).length, 5000);
});

test('standard output as a pipe whose reader goes away: the process ends', async () => {
  const { end } = throughShell('true');
  const { result } = await end;
  assert.equal(result.written + result.dropped, 5000);
});

test('standard output as a pipe that nobody reads: lines are dropped, the process ends', async (t) => {
  const path = join(await folderFor(t), 'pipe');
  await once(spawn('mkfifo', [path]), 'exit');
  const fd = openSync(path, constants.O_RDWR);
  t.after(() => closeSync(fd));
  const { code, result } = await start(30_000, fd).end;
  assert.equal(code, 0);
  assert.ok(result.dropped > 10_000, JSON.stringify(result));
});

/** `process | reader`, by a shell. */
function throughShell(reader: string): { readonly child: ChildProcess; readonly end: Promise<Run> } {
  const work: ThreadWork = { thread: 0, lines: 5000, to: { kind: 'stdout' } };
  const script = `"$1" "$2" "$3" | ${reader}`;
  const child = spawn('sh', ['-c', script, 'sh', process.execPath, processFile, JSON.stringify(work)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  return { child, end: endOf(child) };
}

test('a file that may grow no further keeps whole lines only', async (t) => {
  const path = join(await folderFor(t), 'access.log');
  const work: ThreadWork = { thread: 0, lines: 2000, to: { kind: 'file', path } };
  // 64 blocks of 1024 bytes; the signal is ignored, so that the write says EFBIG in the middle of a line.
  const script = `trap '' XFSZ; ulimit -f 64; exec "$1" "$2" "$3"`;
  const child = spawn('bash', ['-c', script, 'bash', process.execPath, processFile, JSON.stringify(work)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 60_000,
  });
  const { result } = await endOf(child);
  const ids = idsOf(await readFile(path, 'latin1'));
  assert.ok(ids.length > 50 && ids.length < 2000, `${ids.length} lines`);
  assert.deepEqual(result, { recorded: 2000, written: ids.length, dropped: 2000 - ids.length });
});
