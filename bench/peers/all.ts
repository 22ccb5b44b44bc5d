import { caddy } from './caddy.ts';
import { commandPeer } from './command.ts';
import { haproxy } from './haproxy.ts';
import { http2Proxy } from './http2-proxy.ts';
import { httpProxy3 } from './http-proxy-3.ts';
import { nginx, nginxTuned } from './nginx.ts';
import type { NodeBinary } from './node-binary.ts';
import type { Peer } from './peer.ts';
import { postern } from './postern.ts';

/**
 * Every proxy that can be measured; those that are programs for Node once a Node.
 * @throws {Error} when two have the same name
 */
export function allPeers(nodes: readonly NodeBinary[], commands: readonly string[]): readonly Peer[] {
  const peers = [
    ...nodes.map((node) => postern({ node })),
    ...commands.map(commandPeer),
    nginx,
    nginxTuned,
    haproxy,
    caddy,
    ...nodes.map(httpProxy3),
    ...nodes.map(http2Proxy),
  ];
  const twice = peers.find((peer, i) => peers.findIndex((other) => other.name === peer.name) < i);
  if (twice === undefined) return peers;
  throw new Error(
    `Cannot tell two proxies apart: both are "${twice.name}"; give --with another name, --node another version`,
  );
}

/**
 * Those that were asked for. A name also stands for its variants: `postern` for `postern (node 24.1.0)`. Ones given with `--with` are always in.
 * @throws {Error} when a name is none of them
 */
export function choosePeers(
  peers: readonly Peer[],
  names: readonly string[] | undefined,
  commands: readonly string[],
): readonly Peer[] {
  if (names === undefined) return peers;
  const unknown = names.find((name) => !peers.some((peer) => plainName(peer) === name));
  if (unknown !== undefined) {
    throw new Error(`Cannot find proxy "${unknown}": choose from ${[...new Set(peers.map(plainName))].join(', ')}`);
  }
  return peers.filter(
    (peer) => names.includes(plainName(peer)) || commands.some((text) => text.startsWith(`${peer.name}=`)),
  );
}

/** Without the Node that it runs on. */
function plainName(peer: Peer): string {
  return peer.name.replace(/ \(node .*\)$/, '');
}
