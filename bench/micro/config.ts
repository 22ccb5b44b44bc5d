// How long a config of 10,000 routes takes to load, and how much memory: `node bench/micro/config.ts [routes]`.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadConfig } from '../../src/control/config/load-config.ts';
import { loadConfigInWorker } from '../../src/control/config/load-in-worker.ts';

const count = Number(process.argv[2] ?? 10_000);
const env = { environment: {}, instance: 'bench' };
/** The limit for 10,000 routes. */
const mostMs = 4000;

function configOf(routes: number): string {
  const lines = ['listeners:', '  web: { address: ":8080" }', 'routes:'];
  for (let i = 0; i < routes; i++) {
    lines.push(`  - host: host${i}.example.com`, `    path: /app${i}/`, `    to: pool${i % 100}`);
  }
  lines.push('pools:');
  for (let i = 0; i < 100; i++)
    lines.push(`  pool${i}:`, `    servers: [http://10.0.${i}.1:8080, http://10.0.${i}.2:8080]`);
  return `${lines.join('\n')}\n`;
}

async function measure(name: string, load: () => Promise<{ readonly ok: boolean }>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
    const { ok } = await load();
    times.push(performance.now() - start);
    if (!ok && name !== 'all wrong') throw new Error('the config was refused');
  }
  const shown = times.map((ms) => ms.toFixed(0)).join(', ');
  console.log(`${name}: ${shown} ms, ${(process.memoryUsage().heapUsed / 1e6).toFixed(0)} MB in use`);
  return times.toSorted((a, b) => a - b)[2]!;
}

const folder = await mkdtemp(join(tmpdir(), 'postern-bench-'));
const file = join(folder, 'postern.yaml');
try {
  await writeFile(file, configOf(count));
  const direct = await measure('loadConfig', () => loadConfig(file, env));
  await measure('loadConfigInWorker', () => loadConfigInWorker(file, env));
  await writeFile(file, configOf(count).replaceAll('to: pool', 'too: pool'));
  await measure('all wrong', () => loadConfig(file, env));
  if (count <= 10_000 && direct > mostMs) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}
