import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { describeMachine, describePeer, missingForAll } from './facts.ts';
import { Children } from './measure/children.ts';
import { type Options, type ScenarioName, help, readOptions } from './options.ts';
import { allPeers, choosePeers } from './peers/all.ts';
import { type NodeBinary, readNodes } from './peers/node-binary.ts';
import { prepareOrigin } from './peers/origin.ts';
import type { Peer, Protocol } from './peers/peer.ts';
import { answersAs } from './peers/answers.ts';
import { freePort } from '../test/harness/free-port.ts';
import { type Profiled, profilePostern } from './profile/profile.ts';
import type { Work } from './measure/rounds.ts';
import { Report } from './report/report.ts';
import { bodies, measureCost, small } from './scenarios/cost.ts';
import { measureHosts } from './scenarios/hosts.ts';
import { measureIdle } from './scenarios/idle.ts';
import { measureMillion } from './scenarios/million.ts';
import { http2Work } from './scenarios/http2.ts';
import { speaking, tlsWork } from './scenarios/tls.ts';
import { measureWebSockets } from './scenarios/web-sockets.ts';

/** Exit code: 0 done, 1 a run failed (or, with --assert, a limit was missed), 2 cannot even begin. */
async function main(): Promise<number> {
  let options: Options;
  let nodes: readonly NodeBinary[];
  let peers: readonly Peer[];
  try {
    options = readOptions(process.argv.slice(2));
    nodes = readNodes(options.nodes);
    peers = choosePeers(allPeers(nodes, options.with), options.proxies, options.with);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee npm run bench -- --help\n`);
    return 2;
  }
  const report = new Report(!options.quick);
  const missing = options.help ? undefined : missingForAll(options);
  if (options.help || missing !== undefined) {
    report.say(missing === undefined ? help : `Cannot measure: ${missing}`);
    return missing === undefined ? 0 : 2;
  }
  await measure(options, nodes, peers, report);
  report.sum();
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  return report.failed || (options.assert && report.missed) ? 1 : 0;
}

async function measure(
  options: Options,
  nodes: readonly NodeBinary[],
  peers: readonly Peer[],
  report: Report,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const children = stack.use(new Children());
  const interrupt = (): void => children.interrupt();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, interrupt);
    stack.defer(() => void process.off(signal, interrupt));
  }
  const originPort = await freePort();
  const bench: Bench = { options, children, folder, originPort, report };
  const origin = prepareOrigin(join(folder, 'origin'), originPort);
  await answersAs(
    children.start({ ...origin, cwd: folder, core: options.loadCore }),
    'the origin',
    `http://127.0.0.1:${originPort}`,
  );
  report.say(describeMachine(options));
  const installed = peers.filter((peer) => present(peer, report));
  report.keep('machine', describeMachine(options));
  const [node] = nodes;
  if (options.profile && node !== undefined) {
    await profilePostern(bench, node, profiled(bench));
    return;
  }
  for (const name of options.scenarios) {
    report.say(`\n${titles[name]}\n`);
    await runScenario(bench, name, installed, node);
  }
}

function present(peer: Peer, report: Report): boolean {
  const version = peer.version();
  report.say(
    version === undefined
      ? `  ${peer.name}: skipped, it is not installed: ${peer.install}`
      : describePeer(peer, version),
  );
  return version !== undefined;
}

const titles: Readonly<Record<ScenarioName, string>> = {
  small: '== small: requests over 64 kept connections, answers of 74 bytes, access logs on, forwarding headers on',
  bodies: '== bodies: answers of 10 MB over 8 kept connections, the rest as before',
  idle: '== idle: memory of a kept connection that waits for its next request',
  hosts: '== hosts: small requests, every host in turn',
  million: '== million: memory over small requests',
  tls: '== tls: small requests over 64 kept TLS connections, ECDSA P-256, the rest as in small',
  handshakes: '== handshakes: full TLS 1.3 handshakes, ECDSA P-256, and one request each',
  resumed: '== resumed: TLS 1.3 handshakes with a ticket, and one request each',
  'tls-idle': '== tls-idle: memory of a kept TLS connection that waits for its next request',
  h2: '== h2: small requests by HTTP/2 over TLS, 64 kept connections, one stream at a time on each, the rest as in tls',
  'h2-streams': '== h2-streams: the same, 8 connections with 20 streams at once on each',
  'h2-bodies': '== h2-bodies: answers of 10 MB by HTTP/2 over TLS, 4 connections with 2 streams at once on each',
  websockets: '== websockets: memory of WebSockets that are open and say nothing',
  'h2-websockets': '== h2-websockets: the same over HTTP/2, 100 on each connection',
};

/** Those that compare CPU time. */
const costs: Partial<Record<ScenarioName, Work>> = { small, bodies, ...tlsWork, ...http2Work };

/** How the proxies are asked; `http` where nothing is said. */
const protocols: Partial<Record<ScenarioName, Protocol>> = {
  tls: 'https',
  handshakes: 'https',
  resumed: 'https',
  'tls-idle': 'https',
  h2: 'h2',
  'h2-streams': 'h2',
  'h2-bodies': 'h2',
  'h2-websockets': 'h2',
};

/** The first of those chosen. */
function profiled(bench: Bench): Profiled {
  const name = bench.options.scenarios.find((each) => each in costs) ?? 'small';
  const asked = (peer: Peer): Peer => speaking(protocols[name] ?? 'http', bench, [peer])[0] ?? peer;
  return { work: costs[name] ?? small, asked };
}

async function runScenario(
  bench: Bench,
  name: ScenarioName,
  all: readonly Peer[],
  node: NodeBinary | undefined,
): Promise<void> {
  const peers = speaking(protocols[name] ?? 'http', bench, all);
  const work = costs[name];
  if (work !== undefined) return measureCost(bench, name, peers, work);
  if (name === 'idle' || name === 'tls-idle') return measureIdle(bench, peers, name);
  if (name === 'websockets' || name === 'h2-websockets') return measureWebSockets(bench, peers, name);
  if (name === 'million') return measureMillion(bench, peers);
  if (node !== undefined && peers.some((peer) => peer.name === 'postern')) return measureHosts(bench, node);
  bench.report.say('skipped: it compares Postern with itself, and Postern is not among the proxies');
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
