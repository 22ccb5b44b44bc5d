import { fileURLToPath } from 'node:url';
import type { Peer } from './peer.ts';
import { type NodeBinary, nodeLabel } from './node-binary.ts';

/** What Node has for HTTP/2, on nghttp2: its server, and node:http towards the origin. */
export function http2Proxy(node: NodeBinary): Peer {
  return {
    name: `node:http2${nodeLabel(node)}`,
    remark: `no access log; over node:http2 for clients, node:http for the origin. Node ${node.version}`,
    own: false,
    speaks: ['h2'],
    install: 'it comes with Node',
    version: () => node.version,
    prepare: ({ port, originPort, tls }) => ({
      command: node.path,
      args: [
        fileURLToPath(new URL('http2-proxy-server.ts', import.meta.url)),
        String(port),
        String(originPort),
        tls?.cert ?? '',
        tls?.key ?? '',
      ],
    }),
  };
}
