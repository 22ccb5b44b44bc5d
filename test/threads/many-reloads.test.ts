/** Reload after reload, and nothing is left of what was before. `MANY_RELOADS=1000` is the long run. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { loadConfig } from '../../src/control/config/load-config.ts';
import type { RunningPostern } from '../../src/control/running-postern.ts';
import { startPostern } from '../../src/server.ts';

const reloads = Number(process.env['MANY_RELOADS'] ?? 40);
const routes = reloads > 100 ? 1000 : 200;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Two variants in turn: the other one has other routes, other pools, other features and other servers. */
function configOf(round: number): string {
  const variant = round % 2;
  const lines = ['listeners: { web: { address: "127.0.0.1:0" } }', 'accessLog: false', 'threads: 2', 'routes:'];
  const pools = ['pools:'];
  for (let i = 0; i < routes; i++) {
    const name = i % 2 === 0 ? `same${i}` : `only${variant}-${i}`;
    lines.push(`  - { name: ${name}, host: "${name}.test", to: ${name}, when: { path: { regex: "x${i % 9}" } },`);
    lines.push(
      `      middleware: [{ headers: { response: { set: { x-route: "${name} ${i % 3 === 0 ? variant : ''}" } } } }] }`,
    );
    pools.push(
      `  ${name}: { servers: [http://127.0.0.1:${i % 4 === 0 ? 9000 + variant : 9000}, http://127.0.0.2:9000] }`,
    );
  }
  return [...lines, ...pools, ''].join('\n');
}

async function started(t: TestContext): Promise<{ postern: RunningPostern; reload: (round: number) => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-reloads-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'postern.yaml');
  await writeFile(file, configOf(0));
  // Read here and not in a thread, whose start costs more than all the rest.
  const postern = await startPostern({ config: (env) => loadConfig(file, env), log: quiet });
  t.after(() => postern.stop({ now: true }));
  const reload = async (round: number): Promise<void> => {
    await writeFile(file, configOf(round));
    const result = await postern.reload();
    assert.ok(result.ok && result.changed, JSON.stringify(result).slice(0, 300));
  };
  return { postern, reload };
}

/** What must not become more: open files, and what keeps an event loop alive. */
async function held(): Promise<{ files: number; resources: number }> {
  return { files: (await readdir('/proc/self/fd')).length, resources: process.getActiveResourcesInfo().length };
}

test(`${reloads} reloads of ${routes} routes leave nothing behind`, async (t) => {
  const { postern, reload } = await started(t);
  for (let round = 1; round <= 6; round++) await reload(round);
  const before = await held();
  const generation = (await postern.status()).threads[0]!.generation;
  for (let round = 7; round < 7 + reloads; round++) {
    await reload(round);
    if (round % 100 === 6) t.diagnostic(`${round}: ${Math.round(process.memoryUsage.rss() / 1e6)} MB`);
  }
  const { traffic, threads } = await postern.status();
  assert.deepEqual(
    threads.map((thread) => thread.generation),
    [generation + reloads, generation + reloads],
  );
  assert.equal(traffic?.pools.length, routes, 'pools of other plans are gone');
  const names = traffic?.pools.map(({ name }) => name) ?? [];
  assert.equal(new Set(names).size, routes);
  // What the last reload has given up may still be on its way out.
  let after = await held();
  for (let i = 0; i < 1000 && (after.files > before.files + 2 || after.resources > before.resources + 2); i++) {
    await pause(20);
    after = await held();
  }
  assert.ok(after.files <= before.files + 2, `${before.files} files became ${after.files}`);
  assert.ok(after.resources <= before.resources + 2, `${before.resources} resources became ${after.resources}`);
});
