import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NodeBinary, nodeLabel } from './node-binary.ts';
import type { Peer, Prepared, Site } from './peer.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = join(root, 'bin/postern.js');

export interface PosternOptions {
  readonly node: NodeBinary;
  readonly name?: string;
  /** Routes by host name, `h0.example.test` and on; undefined: one route for any host. */
  readonly hosts?: number;
  /** Options for Node itself. */
  readonly nodeArgs?: readonly string[];
}

/** Postern of this checkout, one data thread. */
export function postern(options: PosternOptions): Peer {
  return {
    name: options.name ?? `postern${nodeLabel(options.node)}`,
    remark: `access log to a file in JSON, as it does by default. Node ${options.node.version}`,
    own: true,
    speaks: ['http', 'https', 'h2'],
    install: 'npm ci',
    version: readVersion,
    prepare(site): Prepared {
      const { config, accessLog } = writePosternConfig(site, options.hosts);
      return { command: options.node.path, args: [...(options.nodeArgs ?? []), program, 'run', config], accessLog };
    },
  };
}

/** The config that Postern is measured with. */
export function writePosternConfig(
  site: Site,
  hosts?: number,
): { readonly config: string; readonly accessLog: string } {
  const config = join(site.folder, 'postern.yaml');
  const accessLog = join(site.folder, 'access.log');
  const names = hosts === undefined ? [undefined] : Array.from({ length: hosts }, (_, i) => `h${i}.example.test`);
  const routes = names.map((host) => (host === undefined ? '  - to: origin' : `  - { host: ${host}, to: origin }`));
  writeFileSync(
    config,
    `threads: 1
grace: 2s
listeners:
  http: { address: "127.0.0.1:${site.port}", timeouts: { keepAlive: 10m }${tlsKey(site)} }
routes:
${routes.join('\n')}
pools:
  origin: { servers: ["http://127.0.0.1:${site.originPort}"], idleConnections: { max: 256 } }
connections: { total: ${site.maxConnections} }
accessLog: { file: "${accessLog}", format: json, rotate: false }
admin: { socket: "${join(site.folder, 'admin.sock')}" }
`,
  );
  return { config, accessLog };
}

function tlsKey({ tls }: Site): string {
  return tls === undefined ? '' : `, tls: { certificates: [{ cert: "${tls.cert}", key: "${tls.key}" }] }`;
}

function readVersion(): string | undefined {
  if (!existsSync(program)) return undefined;
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return version;
}
