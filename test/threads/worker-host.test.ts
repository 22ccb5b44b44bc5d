import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { systemClock } from '../../src/core/clock.ts';
import { ProxyError } from '../../src/core/errors.ts';
import { WorkerHost } from '../../src/control/threads/worker-host.ts';
import type { ThreadTimes } from '../../src/control/threads/worker-link.ts';
import type { Plan } from '../../src/proxy/index.ts';
import { patienceMs } from '../harness/until.ts';

const entry = new URL('./fake-data-thread.ts', import.meta.url);

/** Only what the fake data thread looks at. */
function planOf(instance: string): Plan {
  return {
    instance,
    listeners: [{ name: 'web', address: { kind: 'tcp', host: '127.0.0.1', port: 0 } }],
    routes: [],
    pools: [{ name: 'app', servers: [{ name: 'a', address: { kind: 'tcp', host: 'a.test', port: 1 } }] }],
  } as unknown as Plan;
}

interface Harness {
  readonly host: WorkerHost;
  readonly lines: string[];
  readonly stuck: string[];
}

async function harness(t: TestContext, times: Partial<ThreadTimes> = {}): Promise<Harness> {
  const lines: string[] = [];
  const stuck: string[] = [];
  const note = (message: string): void => void lines.push(message);
  const host = await WorkerHost.start({
    clock: systemClock,
    log: { debug: note, info: note, warn: note, error: note },
    onStuck: (reason) => void stuck.push(reason),
    entry,
    times: { startMs: 30_000, silenceMs: 5000, terminateMs: 3000, failingMs: 15_000, ...times },
  });
  t.after(() => host.stop());
  return { host, lines, stuck };
}

async function until(what: () => boolean | Promise<boolean>, message: string): Promise<void> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await pause(20)) {
    if (await what()) return;
  }
  assert.fail(`never came: ${message}`);
}

test('calls reach the data plane in the thread and its answers come back', async (t) => {
  const { host, lines } = await harness(t);
  assert.deepEqual(await host.apply(planOf('fine')), [{ name: 'web', address: '127.0.0.1:40000' }]);
  await host.setNames([{ name: 'a.test', addresses: ['192.0.2.1'] }]);
  const status = await host.status();
  assert.equal(status.listeners[0]?.name, 'fine');
  assert.deepEqual(status.pools[0]?.servers[0]?.addresses, ['192.0.2.1']);
  await host.reopenLog();
  await until(() => lines.includes('reopened'), "the thread's log message");
  assert.deepEqual(host.facts, [{ name: 'data-1', state: 'running', replaced: 0 }]);
});

test('names that were told before the plan are in force with it', async (t) => {
  const { host } = await harness(t);
  await host.setNames([{ name: 'a.test', addresses: ['192.0.2.9'] }]);
  await host.apply(planOf('fine'));
  assert.deepEqual((await host.status()).pools[0]?.servers[0]?.addresses, ['192.0.2.9']);
});

test('an error keeps its code and its words over the border', async (t) => {
  const { host } = await harness(t);
  const error = await host.apply(planOf('refuse')).catch((e: unknown) => e);
  assert.ok(error instanceof ProxyError);
  assert.equal(error.code, 'listen-failed');
  assert.equal(error.message, 'Cannot listen on 127.0.0.1:1: planted');
});

for (const [fault, words] of [
  ['throw', /planted/],
  ['exit', /code 7/],
] as const) {
  test(`a thread that dies (${fault}) is replaced, with plan, names and port`, async (t) => {
    const { host, lines } = await harness(t);
    await host.apply(planOf('fine'));
    await host.setNames([{ name: 'a.test', addresses: ['192.0.2.1'] }]);
    await host.apply(planOf(`${fault} once`));
    await until(() => lines.some((line) => line.startsWith('The data thread is lost')), 'the loss');
    assert.match(
      lines.find((line) => line.startsWith('The data thread is lost'))!,
      words,
    );
    await until(() => host.facts[0]!.replaced === 1, 'the replacement');
    const status = await host.status();
    assert.deepEqual(status.listeners, [{ name: `${fault} once`, address: '127.0.0.1:40000', connections: 0 }]);
    assert.deepEqual(status.pools[0]?.servers[0]?.addresses, ['192.0.2.1']);
  });
}

test('a plan that kills the thread is not tried again: the plan before it comes back', async (t) => {
  const { host } = await harness(t);
  await host.setNames([{ name: 'a.test', addresses: ['192.0.2.1'] }]);
  await host.apply(planOf('fine'));
  await assert.rejects(host.apply(planOf('die while applying')), /Cannot finish "apply": the data thread ended/);
  await until(() => host.facts[0]!.state === 'running', 'the replacement');
  const status = await host.status();
  assert.deepEqual(status.listeners, [{ name: 'fine', address: '127.0.0.1:40000', connections: 0 }]);
  assert.deepEqual(status.pools[0]?.servers[0]?.addresses, ['192.0.2.1']);
});

test('a thread that does not say whether it took a plan is replaced, with the plan before', async (t) => {
  const { host, lines } = await harness(t, { applyMs: 3000 });
  await host.apply(planOf('fine'));
  await assert.rejects(host.apply(planOf('never answer')), /Cannot wait for the data thread's answer to "apply"/);
  await until(() => host.facts[0]!.replaced === 1, 'the replacement');
  assert.equal((await host.status()).listeners[0]?.name, 'fine');
  assert.equal((await host.threads())[0]?.generation, 1);
  assert.ok(lines.includes('The data thread is lost: it did not say in time whether it has taken a plan'));
});

test('in a crash loop a plan does not wait for its turn: a thread is started with it at once', async (t) => {
  const { host, lines } = await harness(t);
  await host.apply(planOf('exit'));
  await until(() => lines.filter((line) => line.startsWith('Starting another')).length >= 3, 'the loop');
  assert.equal(host.facts[0]!.state, 'starting');
  await host.apply(planOf('fine'));
  assert.equal(host.facts[0]!.state, 'running');
  const said = lines.length;
  await host.apply(planOf('fine'));
  assert.equal((await host.threads())[0]?.generation, 3);
  assert.equal(lines.slice(said).filter((line) => line.startsWith('Starting another')).length, 0);
});

test('a thread that dies before it has the names of its plan takes nothing back: the next one has both', async (t) => {
  const { host } = await harness(t);
  await host.setNames([{ name: 'a.test', addresses: ['192.0.2.1'] }]);
  await host.apply(planOf('die before the names'));
  await host.setNames([{ name: 'a.test', addresses: ['192.0.2.2'] }]).catch(() => {});
  await until(() => host.facts[0]!.replaced === 1, 'the replacement');
  const status = await host.status();
  assert.equal(status.listeners[0]?.name, 'die before the names');
  assert.deepEqual(status.pools[0]?.servers[0]?.addresses, ['192.0.2.2']);
});

test('while there is no thread a call fails in words', async (t) => {
  const { host } = await harness(t);
  await host.apply(planOf('exit'));
  await until(() => host.facts[0]!.state === 'starting', 'the loss');
  await assert.rejects(host.status(), /Cannot ask for the status: the data thread is being replaced, try again/);
});

test('a crash loop is slowed down', async (t) => {
  const { host, lines } = await harness(t);
  await host.apply(planOf('exit'));
  await until(() => host.facts[0]!.replaced >= 2, 'two replacements');
  const waits = lines.flatMap((line) => /in (\d+) ms/.exec(line)?.[1] ?? []).map(Number);
  assert.ok(waits[0]! >= 187 && waits[0]! <= 250, String(waits));
  assert.ok(waits[1]! >= 375 && waits[1]! <= 500, String(waits));
});

test('a thread whose event loop hangs is ended and replaced', async (t) => {
  const { host, lines, stuck } = await harness(t, { silenceMs: 2000 });
  await host.apply(planOf('fine'));
  void host.apply(planOf('hang')).catch(() => {});
  await until(() => host.facts[0]!.replaced === 1, 'the replacement');
  assert.ok(lines.some((line) => line.includes('it gave no sign of life for 2 s')));
  assert.deepEqual(stuck, []);
  await host.stop();
});

test('a thread that cannot be ended is told to the owner', async (t) => {
  const { host, stuck } = await harness(t, { silenceMs: 2500, terminateMs: 300 });
  const folder = await mkdtemp(path.join(tmpdir(), 'postern-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(`${folder}/lock`, '');
  await host.apply(planOf(`block ${folder}/lock`));
  await until(() => stuck.length > 0, 'the report');
  assert.match(stuck[0]!, /^Cannot end data-1: it is still there after 0\.3 s$/);
  await rm(`${folder}/lock`);
  await host.stop();
});

test('a thread that answers, and takes its time to end, is waited for', async (t) => {
  const { host, stuck } = await harness(t, { terminateMs: 100 });
  await host.apply(planOf('slow to end'));
  await host.stop();
  assert.deepEqual(stuck, []);
});

test('after stop() nothing runs and every call fails in words', async (t) => {
  const { host } = await harness(t);
  await host.apply(planOf('fine'));
  await host.stop();
  await assert.rejects(host.status(), /Postern is stopping/);
  assert.equal(host.facts[0]!.state, 'stopped');
});

test('a thread that cannot start is said in words', async () => {
  const silent = (): void => {};
  const started = WorkerHost.start({
    clock: systemClock,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    onStuck: silent,
    entry: new URL('./no-such-file.ts', import.meta.url),
  });
  await assert.rejects(started, /Cannot start data-1: Cannot find module/);
});
