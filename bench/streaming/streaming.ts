// Streams through Postern, HTTP/1 and HTTP/2 on both sides: how late events are, and memory under bodies of gigabytes.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { Children } from '../measure/children.ts';
import { spreadOf } from '../measure/statistics.ts';
import { Report } from '../report/report.ts';
import { figure, table } from '../report/table.ts';
import { measureBulk } from './bulk.ts';
import type { Version } from './client.ts';
import { measureEvents, type EventDelays } from './events.ts';
import { startSite, type Site } from './site.ts';

const help = `Streams through Postern over TLS, by HTTP/1 and HTTP/2 to the client and to the origin.

  npm run bench:streaming -- [--only events,bodies] [--gigabytes 5] [--streams 100] [--assert]

events   one stream of events after the other, held by the origin: how long after it was written each one came
bodies   a download and an upload of so many gigabytes each: resident memory of Postern before, and the most meanwhile
`;

/** An event that comes later than this after it was written, in the median, was held up. */
const eventLimitMs = 1;
/** What memory may grow by under a body of any size: buffers in use, and garbage between two collections. */
const growthLimitMb = 64;
const eventsEach = 10;

const versions: readonly Version[] = ['h1', 'h2'];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: 'events,bodies' },
      gigabytes: { type: 'string', default: '5' },
      streams: { type: 'string', default: '100' },
      assert: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const report = new Report(true);
  if (values.help) {
    report.say(help);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'postern-streaming-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const children = stack.use(new Children());
  const cores = availableParallelism() > 1 ? (['0', '1'] as const) : (['0', '0'] as const);
  const site = await startSite(children, folder, cores);
  if (values.only.includes('events')) await events(report, site, Number(values.streams));
  if (values.only.includes('bodies')) await bodies(report, site, Number(values.gigabytes) * 1e9);
  report.sum('what is allowed');
  return report.failed || (values.assert && report.missed) ? 1 : 0;
}

async function events(report: Report, { base, origins }: Site, streams: number): Promise<void> {
  const rows: string[][] = [];
  const row = (name: string, { first, later }: EventDelays): void => {
    const [opening, rest] = [spreadOf(first), spreadOf(later)];
    rows.push([name, ...[opening?.min, opening?.median, opening?.max, rest?.median, rest?.max].map(figure)]);
  };
  const size = { streams, events: eventsEach };
  for (const server of versions) {
    row(`${server}, without a proxy`, await measureEvents(server, origins[server], '', size));
    for (const client of versions) {
      const delays = await measureEvents(client, base, `/${server}`, size);
      row(`${client} to ${server}`, delays);
      const value = spreadOf(delays.first)?.median;
      report.hold({ what: `${client} to ${server}: the first event`, value, limit: eventLimitMs, unit: ' ms' });
    }
  }
  const heading = ['events, ms after they were written', 'first: min', 'median', 'max', 'later: median', 'max'];
  report.say(`${table(heading, rows)}\n`);
}

async function bodies(report: Report, { base, postern }: Site, bytes: number): Promise<void> {
  const rows: string[][] = [];
  for (const client of versions) {
    for (const server of versions) {
      for (const way of ['down', 'up'] as const) {
        const what = `${client} to ${server}, ${way}`;
        const result = await measureBulk(client, base, `/${server}`, { way, bytes, tree: postern.tree });
        const [before, most] = [result.beforeBytes / 2 ** 20, result.mostBytes / 2 ** 20];
        rows.push([what, figure(before), figure(most), figure(most - before), figure(bytes / 1e6 / result.seconds)]);
        report.say(`done: ${what}`); // It takes minutes.
        report.hold({ what: `${what}: memory`, value: most - before, limit: growthLimitMb, unit: ' MB' });
      }
    }
  }
  report.say(`${table([`a body of ${bytes / 1e9} GB, MB resident`, 'before', 'most', 'growth', 'MB/s'], rows)}\n`);
}

process.exitCode = await main();
