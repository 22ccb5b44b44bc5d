import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import type { NodeBinary } from '../peers/node-binary.ts';
import { postern } from '../peers/postern.ts';
import { measureCost } from './cost.ts';

/** Small requests to few and to many hosts, walking through all of them: what a lookup costs, and the memory it touches. */
export async function measureHosts(bench: Bench, node: NodeBinary): Promise<void> {
  const few = 10;
  const many = bench.options.hosts;
  const peers = [
    postern({ node, name: 'postern, many hosts', hosts: many }),
    postern({ node, name: `postern, ${few} hosts`, hosts: few }),
  ];
  for (const hosts of [few, many]) writeFileSync(scriptPath(bench, hosts), script(hosts, many));
  const scripts = { few: scriptPath(bench, few), many: scriptPath(bench, many) };
  await measureCost(bench, 'hosts', peers, {
    path: '/',
    connections: 64,
    scriptFor: (name) => (name === 'postern, many hosts' ? scripts.many : scripts.few),
    count: (result) => result.requests,
  });
}

function scriptPath(bench: Bench, hosts: number): string {
  return join(bench.folder, `hosts-${hosts}.lua`);
}

/**
 * `count` requests are made beforehand, as many for few hosts as for many, so that wrk works as hard for both. The stride is a prime,
 * so that every host is met and none follows its neighbour.
 */
function script(hosts: number, count: number): string {
  return `local count, at, requests = ${count}, 0, {}
function init()
  for i = 0, count - 1 do requests[i] = wrk.format("GET", "/", { ["Host"] = "h" .. i % ${hosts} .. ".example.test" }) end
end
function request()
  at = (at + 7919) % count
  return requests[at]
end
`;
}
