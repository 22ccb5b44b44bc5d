import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Peer } from './peer.ts';
import { type NodeBinary, nodeLabel } from './node-binary.ts';

/** What most Node programs proxy with: node:http and its agent. */
export function httpProxy3(node: NodeBinary): Peer {
  return {
    name: `http-proxy-3${nodeLabel(node)}`,
    remark: `no access log: it has none. Node ${node.version}`,
    own: false,
    speaks: ['http'],
    install: 'npm ci',
    version: () => readVersion(),
    prepare: (site) => ({
      command: node.path,
      args: [
        fileURLToPath(new URL('http-proxy-server.ts', import.meta.url)),
        String(site.port),
        String(site.originPort),
      ],
    }),
  };
}

function readVersion(): string | undefined {
  try {
    const { version } = createRequire(import.meta.url)('http-proxy-3/package.json') as { version: string };
    return version;
  } catch {
    return undefined;
  }
}
