import { spawnSync } from 'node:child_process';

/** What Postern runs on at least. */
const oldest = 24;

/** A Node to run Postern and http-proxy-3 with. */
export interface NodeBinary {
  readonly path: string;
  readonly version: string;
  /** The first one; its proxies go by their plain names, and the limits are for them. */
  readonly main: boolean;
}

/** The Nodes named on the command line, or the one that runs this. @throws {Error} when one is none */
export function readNodes(paths: readonly string[]): readonly NodeBinary[] {
  const chosen = paths.length > 0 ? paths : [process.execPath];
  return chosen.map((path, i) => ({ path, version: readNodeVersion(path), main: i === 0 }));
}

/** Suffix of a proxy's name under this Node. */
export function nodeLabel(node: NodeBinary): string {
  return node.main ? '' : ` (node ${node.version})`;
}

function readNodeVersion(path: string): string {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  const version = /^v(\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1];
  if (version === undefined)
    throw new Error(`Cannot use ${path} as Node: it does not answer --version; give the path of a node program`);
  if (Number.parseInt(version, 10) < oldest) {
    // bin/postern.js would start a newer one below it, and that one would be measured
    throw new Error(`Cannot use ${path}: it is Node ${version}; give Node ${oldest} or newer`);
  }
  return version;
}
