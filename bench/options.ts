import { parseArgs } from 'node:util';

export const scenarioNames = [
  'small',
  'bodies',
  'idle',
  'hosts',
  'million',
  'tls',
  'handshakes',
  'resumed',
  'tls-idle',
  'h2',
  'h2-streams',
  'h2-bodies',
  'websockets',
  'h2-websockets',
] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** What the command line asks for. */
export interface Options {
  readonly rounds: number;
  /** Length of one round, seconds. */
  readonly seconds: number;
  readonly scenarios: readonly ScenarioName[];
  /** Names of the proxies to measure; undefined: all. */
  readonly proxies: readonly string[] | undefined;
  /** Paths of Nodes to run Postern, http-proxy-3 and node:http2 with. */
  readonly nodes: readonly string[];
  /** More proxies, `name=command`. */
  readonly with: readonly string[];
  /** Idle connections opened. */
  readonly idleConnections: number;
  /** Fresh starts a proxy in `idle`. */
  readonly idleRuns: number;
  /** WebSockets opened in `websockets` and `h2-websockets`. */
  readonly webSockets: number;
  /** Host names of the large config in `hosts`. */
  readonly hosts: number;
  /** Requests sent in `million`. */
  readonly million: number;
  readonly proxyCore: number;
  readonly loadCore: number;
  /** Too short to judge anything by. */
  readonly quick: boolean;
  readonly assert: boolean;
  readonly profile: boolean;
  readonly json: string | undefined;
  readonly help: boolean;
}

export const help = `Usage: npm run bench -- [options]

Measures what Postern costs beside nginx, HAProxy, Caddy, http-proxy-3 and a proxy over node:http2: CPU time a request, memory a connection.

  --only <list>         scenarios: small, bodies, idle, hosts, million, tls, handshakes, resumed,
                        tls-idle, h2, h2-streams, h2-bodies, websockets, h2-websockets
                        (default: all but million)
  --million             also: memory over a million requests
  --proxies <list>      only these: postern, nginx, nginx-tuned, haproxy, caddy, http-proxy-3,
                        node:http2
  --with <name=command> one more proxy; {port}, {origin} and {config} (a Postern config) are filled in; may be repeated
  --node <path>         run Postern, http-proxy-3 and node:http2 with this Node; may be repeated, to compare
  --rounds <n>          paired rounds (default 9)
  --seconds <n>         length of a round (default 4)
  --connections <n>     idle connections (default 5000)
  --websockets <n>      idle WebSockets (default 10000)
  --hosts <n>           hosts of the large config (default 10000)
  --requests <n>        requests in million (default 1000000): growth that goes on with more of them is a leak
  --cores <p,l>         core of the proxies and core of load and origin (default 0,1)
  --quick               one short round of everything chosen: does it work at all? Nothing is judged
  --assert              exit code 1 when a limit of bench/limits.ts is missed
  --profile             instead of measuring: where Postern's time goes (node --cpu-prof, perf), in the first scenario
                        chosen that compares CPU time
  --json <file>         also write the results there
`;

/** @throws {Error} in words, for anything that cannot be done */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      million: { type: 'boolean', default: false },
      proxies: { type: 'string' },
      with: { type: 'string', multiple: true, default: [] },
      node: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string' },
      websockets: { type: 'string' },
      hosts: { type: 'string' },
      requests: { type: 'string' },
      cores: { type: 'string', default: '0,1' },
      quick: { type: 'boolean', default: false },
      assert: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { quick } = values;
  const [proxyCore, loadCore] = readCores(values.cores);
  return {
    rounds: readCount('rounds', values.rounds, quick ? 1 : 9, 1000),
    seconds: readCount('seconds', values.seconds, quick ? 1 : 4, 600),
    scenarios: readScenarios(values.only, values.million),
    proxies: values.proxies?.split(',').map((name) => name.trim()),
    nodes: values.node,
    with: values.with,
    idleConnections: readCount('connections', values.connections, quick ? 200 : 5000, 25_000),
    idleRuns: quick ? 1 : 3,
    webSockets: readCount('websockets', values.websockets, quick ? 200 : 10_000, 25_000),
    hosts: readCount('hosts', values.hosts, quick ? 1000 : 10_000, 100_000),
    million: readCount('requests', values.requests, quick ? 20_000 : 1_000_000, 1_000_000_000),
    proxyCore,
    loadCore,
    quick,
    assert: values.assert,
    profile: values.profile,
    json: values.json,
    help: values.help,
  };
}

function readScenarios(only: string | undefined, million: boolean): readonly ScenarioName[] {
  const asked = only?.split(',').map((name) => name.trim());
  const unknown = asked?.find((name) => !scenarioNames.some((known) => known === name));
  if (unknown !== undefined)
    throw new Error(`Cannot find scenario "${unknown}": choose from ${scenarioNames.join(', ')}`);
  return scenarioNames.filter(
    (name) => (name === 'million' && million) || (asked?.includes(name) ?? name !== 'million'),
  );
}

function readCount(name: string, text: string | undefined, byDefault: number, atMost: number): number {
  if (text === undefined) return byDefault;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= atMost) return value;
  throw new Error(`Cannot use --${name} ${text}: give a whole number from 1 to ${atMost}`);
}

function readCores(text: string): readonly [number, number] {
  const [proxy, load] = text.split(',').map(Number);
  if (
    proxy !== undefined &&
    load !== undefined &&
    Number.isInteger(proxy) &&
    Number.isInteger(load) &&
    proxy !== load
  ) {
    return [proxy, load];
  }
  throw new Error(`Cannot use --cores ${text}: give two different numbers, as 0,1`);
}
