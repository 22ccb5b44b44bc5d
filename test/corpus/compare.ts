import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { World } from '../harness/proxy-test.ts';
import { requestCases, responseCases } from './cases.ts';
import { categoriesOf } from './compare-categories.ts';
import { checkInstalled, proxies } from './compare-proxies.ts';
import { compareRequests, compareResponses, type Result } from './compare-run.ts';
import { betterElsewhere, tableOf, type Column } from './compare-table.ts';
import type { ProxyPeer } from './peers/proxy-peer.ts';

const help = `npm run corpus -- [options]: tries the corpus against Postern and other proxies
  --only A,B      of Postern, nginx, HAProxy, Apache, Caddy (default: all)
  --kind KIND     requests or responses (default: both)
  --write         puts the tables into docs/guide/conformance.md
  --details FILE  takes each case that is not as expected, by proxy, in words`;

const page = path.join(import.meta.dirname, '../../docs/guide/conformance.md');

type Kind = 'requests' | 'responses';

interface Options {
  readonly write: boolean;
  readonly chosen: readonly ProxyPeer[];
  /** Gets a line for each case that is not as expected. */
  readonly details: string[];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      kind: { type: 'string' },
      write: { type: 'boolean', default: false },
      details: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(help);
  const wanted = values.only?.toLowerCase().split(',');
  const chosen = proxies.filter(({ name }) => wanted?.includes(name.toLowerCase()) ?? true);
  checkInstalled(chosen);
  const kinds = (['requests', 'responses'] as const).filter((kind) => (values.kind ?? kind) === kind);
  const options = { write: values.write, chosen, details: [] as string[] };
  const passed: boolean[] = [];
  for (const kind of kinds) passed.push(await compare(kind, options));
  if (values.details !== undefined) writeFileSync(values.details, options.details.join('\n'));
  return passed.includes(false) ? 1 : 0;
}

/** @returns whether Postern, if it is among them, does everything as expected. */
async function compare(kind: Kind, { write, chosen, details }: Options): Promise<boolean> {
  const columns = await columnsOf(kind, chosen);
  const table = tableOf(columns, categoriesOf(kind));
  say(`\n${kind}: as expected / unsafe / refused though valid / other\n\n${table}`);
  if (write) writeInto(kind, table);
  details.push(...columns.flatMap((column) => detailsOf(kind, column)));
  for (const line of betterElsewhere(columns)) say(`better elsewhere: ${line}`);
  const own = columns.find(({ name }) => name === 'Postern')?.results ?? [];
  return own.every(({ verdict }) => verdict === 'as-expected');
}

/** One proxy after the other: they share the machine's processors with the servers and the clients of the cases. */
async function columnsOf(kind: Kind, chosen: readonly ProxyPeer[]): Promise<Column[]> {
  const columns: Column[] = [];
  for (const proxy of chosen) {
    const world = new World();
    const began = performance.now();
    try {
      const results = await resultsOf(kind, world, proxy);
      columns.push({ name: proxy.name, version: await proxy.version(), results });
    } finally {
      await world.end();
    }
    say(`${proxy.name}: ${kind} in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
  return columns;
}

function resultsOf(kind: Kind, world: World, proxy: ProxyPeer): Promise<Result[]> {
  return kind === 'requests'
    ? compareRequests(world, proxy, requestCases())
    : compareResponses(world, proxy, responseCases());
}

function detailsOf(kind: string, { name: proxy, results }: Column): string[] {
  const odd = results.filter(({ verdict }) => verdict !== 'as-expected');
  return odd.map(({ name, verdict, words }) => `${proxy}\t${kind}\t${verdict}\t${name}\t${words}`);
}

/** Between the marks of this kind; what is written by hand stays. */
function writeInto(kind: string, table: string): void {
  const text = readFileSync(page, 'utf8');
  const [from, to] = [`<!-- ${kind} -->\n`, `<!-- end of ${kind} -->`];
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`Cannot write the table: ${page} has no marks for ${kind}`);
  writeFileSync(page, `${text.slice(0, start + from.length)}\n${table}\n${text.slice(end)}`);
}

function say(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
