import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import type { LogLine } from '../harness/access-lines.ts';
import { needing } from '../harness/peers/needing.ts';
import { patienceMs, until } from '../harness/until.ts';
import { buildSite } from './build-site.ts';
import type { Kind, Phase } from './phase.ts';
import { phases } from './phases.ts';
import type { Held } from './questions.ts';
import { Ledger } from './ledger.ts';
import { runCell } from './run-cell.ts';
import type { Site } from './site.ts';

/** Each field of the table so often, half of them in each of two rounds; `npm run soak` asks for a thousand. */
const times = Number(process.env['ABORTS'] ?? 10);

/** A part of the name of a phase, to look at this one alone. */
const only = process.env['ABORTS_PHASE'] ?? '';

/** What a heap that holds no more than before may differ by. */
const heapNoiseBytes = 400_000;

function cells(secure: boolean): (readonly [Phase, Kind])[] {
  const here = phases.filter(({ name, tlsOnly }) => name.includes(only) && (secure || tlsOnly === undefined));
  return here.flatMap((phase) => (Object.keys(phase.ends) as Kind[]).map((kind) => [phase, kind] as const));
}

async function round(site: Site, secure: boolean, before: Held): Promise<Held> {
  const ledger = new Ledger();
  for (const [phase, kind] of cells(secure)) {
    await runCell(site, { phase, kind, times: Math.ceil(times / (phase.heavy ? 8 : 2)) }, ledger);
  }
  // The proxy has counted as many exchanges, so that none can have a second line later.
  const lines: LogLine[] = [];
  await until(`${ledger.total} lines`, () => {
    for (const line of site.proxy.newLines()) lines.push(line); // Too many for the arguments of one call.
    return lines.length >= ledger.total;
  });
  ledger.check(lines);
  return quiet(site, before);
}

/** What the proxy holds when all is over, and the time of every wait has come: as much as before, or what was left at last. */
async function quiet(site: Site, before?: Held): Promise<Held> {
  await site.proxy.turnClock(200_000);
  let held = await site.proxy.held();
  for (const end = performance.now() + patienceMs; !isQuiet(held, before) && performance.now() < end;)
    held = await site.proxy.held();
  return held;
}

function isQuiet({ objects, deadlines, descriptors }: Held, before: Held | undefined): boolean {
  if (objects['Http1Connection'] !== 0 || objects['ServerConnection'] !== 0 || deadlines !== 0) return false;
  return before === undefined || (descriptors === before.descriptors && isDeepStrictEqual(objects, before.objects));
}

for (const secure of [false, true]) {
  const name = `${cells(secure).length} kinds of aborts, ${times} times each, leave nothing behind (${secure ? 'TLS on both sides' : 'plain'})`;
  (secure ? needing('openssl').test : test)(name, async (t) => {
    const { site, stop } = await buildSite(secure);
    try {
      const before = await quiet(site);
      const first = await round(site, secure, before);
      const second = await round(site, secure, before);
      for (const held of [first, second]) {
        assert.deepEqual(held.objects, before.objects);
        assert.equal(held.descriptors, before.descriptors, 'file descriptors');
        assert.equal(held.deadlines, 0, 'deadlines in the timer wheel');
        assert.deepEqual(held.errors, []);
      }
      const grown = second.heapBytes - first.heapBytes;
      t.diagnostic(`${grown} bytes more on the heap after the second round`);
      assert.ok(grown < heapNoiseBytes, `${grown} bytes more on the heap`);
    } finally {
      await stop();
    }
  });
}
