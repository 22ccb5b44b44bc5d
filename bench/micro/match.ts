/**
 * What finding a route costs: ns a lookup for tables of different sizes, and how the largest compares with the smallest.
 * Then what it costs on a host where one route asks for more than the path, by what it asks.
 * Every lookup asks for another route, with strings never seen before. So the largest tables pay for cache misses, which
 * no table is spared: a ratio of some 2 is those, and 0.1 us of a request; looking at every route would make it 1,000.
 *
 * Run: node bench/micro/match.ts
 */
import { Headers } from '../../src/core/headers.ts';
import { plainRoute } from '../../src/proxy/plan.ts';
import { Router } from '../../src/proxy/match/router.ts';
import type { RoutePlan, TextMatch } from '../../src/proxy/plan.ts';

const lookups = 50_000;
const rounds = 9;

interface Table {
  readonly name: string;
  readonly router: Router;
  /** Host and path of each request; made up anew for each, as a parser does, so that no hash is known beforehand. */
  readonly request: (i: number) => readonly [string, string];
}

function routeOf(host: string, path: string): RoutePlan {
  return {
    name: host + path,
    hosts: [{ kind: 'exact', host }],
    path: { kind: 'prefix', path },
    listeners: undefined,
    pool: 'pool',
    replacePrefix: undefined,
    ...plainRoute,
    hostHeader: { kind: 'preserve' },
    upgrade: [],
  };
}

function hosts(count: number): Table {
  const routes = Array.from({ length: count }, (_, i) => routeOf(`host-${10_000 + i}.example.com`, '/'));
  return {
    name: `${count} hosts`,
    router: new Router(routes),
    request: (i) => [`host-${10_000 + (i % count)}.example.com`, '/index.html'],
  };
}

function paths(count: number): Table {
  const routes = Array.from({ length: count }, (_, i) => routeOf('example.com', `/app/service-${10_000 + i}`));
  return {
    name: `${count} paths on one host`,
    router: new Router(routes),
    request: (i) => ['example.com', `/app/service-${10_000 + (i % count)}/users/42`],
  };
}

/** One host with a route for all, and before it one that asks for what the request does not have. */
function asking(name: string, more: Partial<RoutePlan>): Table {
  const before = { ...routeOf('example.com', '/app'), name, ...more };
  return {
    name,
    router: new Router([before, routeOf('example.com', '/app')]),
    request: () => ['example.com', '/app/service-10001/users/42'],
  };
}

function browserFields(): Headers {
  const headers = new Headers();
  headers.add('User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0');
  headers.add('Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8');
  headers.add('Accept-Language', 'en-US,en;q=0.5');
  headers.add('Accept-Encoding', 'gzip, deflate, br, zstd');
  headers.add('Referer', 'https://example.com/app');
  headers.add('Cookie', 'theme=dark; session=0123456789abcdef0123456789abcdef');
  headers.add('Priority', 'u=0, i');
  return headers;
}

/** Fresh flat strings, as a slice of a head would be. */
function fresh(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** ns a lookup in one round. */
function measure(table: Table): number {
  const requests = Array.from({ length: lookups }, (_, i) => table.request((i * 7919) % lookups));
  const hostNames = requests.map(([host]) => fresh(host));
  const pathNames = requests.map(([, path]) => fresh(path));
  let found = 0;
  // One object for all: making exchanges is not what is measured.
  const request = {
    host: '',
    target: { path: '', query: '?v=2&w=1' },
    method: 'GET',
    scheme: 'http' as const,
    headers: browserFields(),
    clientAddress: '10.1.2.3',
    client: { listener: 'web', tls: undefined },
  };
  const start = process.hrtime.bigint();
  for (let i = 0; i < lookups; i++) {
    request.host = hostNames[i]!;
    request.target.path = pathNames[i]!;
    if (table.router.find(request) !== undefined) found++;
  }
  const elapsed = Number(process.hrtime.bigint() - start);
  if (found !== lookups) throw new Error(`Cannot measure "${table.name}": ${lookups - found} lookups found no route`);
  return elapsed / lookups;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

const is = (text: string): TextMatch => ({ kind: 'is', texts: [text] });
const networks = Array.from({ length: 1000 }, (_, i) => `172.${16 + (i >> 8)}.${i & 255}.0/24`);

const tables = [
  hosts(10),
  hosts(1000),
  hosts(10_000),
  paths(1),
  paths(10),
  paths(1000),
  asking('a method', { when: { kind: 'method', methods: ['POST'] } }),
  asking('a header', { when: { kind: 'header', name: 'x-debug', value: is('1') } }),
  asking('a parameter', { when: { kind: 'query', name: 'v', value: is('1') } }),
  asking('a cookie', { when: { kind: 'cookie', name: 'beta', value: is('1') } }),
  asking('one of 1000 networks', { when: { kind: 'address', networks } }),
  asking('a pattern', { path: { kind: 'regex', pattern: String.raw`^/app/item-\d+$` } }),
  asking('a prefix of any case', { path: { kind: 'prefix', path: '/APP/other' }, ignoreCase: true }),
];
const results = tables.map((): number[] => []);
// Round by round in turn, so that a busy moment of the machine meets all of them; the first round warms up.
for (let round = 0; round <= rounds; round++) {
  for (const [i, table] of tables.entries()) {
    const ns = measure(table);
    if (round > 0) results[i]!.push(ns);
  }
}

const medians = results.map(median);
for (const [i, table] of tables.entries())
  console.log(`${table.name.padEnd(24)} ${medians[i]!.toFixed(0).padStart(6)} ns`);
console.log(`10,000 hosts / 10 hosts  ${(medians[2]! / medians[0]!).toFixed(2).padStart(6)}`);
console.log(`1,000 paths / 10 paths   ${(medians[5]! / medians[4]!).toFixed(2).padStart(6)}`);
