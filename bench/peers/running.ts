import { mkdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import type { Child } from '../measure/children.ts';
import { freePort } from '../../test/harness/free-port.ts';
import { answersAs } from './answers.ts';
import type { Peer } from './peer.ts';

/** A proxy that runs and has answered. */
export class RunningProxy implements AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly child: Child;
  readonly #accessLog: string | undefined;
  readonly #scheme: string;

  constructor(facts: { name: string; port: number; child: Child; accessLog: string | undefined; scheme: string }) {
    this.name = facts.name;
    this.port = facts.port;
    this.child = facts.child;
    this.#accessLog = facts.accessLog;
    this.#scheme = facts.scheme;
  }

  url(path: string): string {
    return `${this.#scheme}://127.0.0.1:${this.port}${path}`;
  }

  /** Bytes in its access log; undefined: it writes none. */
  logBytes(): number | undefined {
    return this.#accessLog === undefined
      ? undefined
      : (statSync(this.#accessLog, { throwIfNoEntry: false })?.size ?? 0);
  }

  /** Logs are emptied between rounds, so that a long benchmark does not fill the disk. */
  emptyLog(): void {
    if (this.#accessLog !== undefined && (this.logBytes() ?? 0) > 0) truncateSync(this.#accessLog);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child.stop();
  }
}

/** Starts a proxy on a free port and waits until it passes on what the origin says. @throws {Error} when it does not, with its own words */
export async function startProxy(bench: Bench, peer: Peer): Promise<RunningProxy> {
  const port = await freePort();
  const folder = join(bench.folder, `${peer.name.replaceAll(/\W+/g, '-')}-${port}`);
  mkdirSync(folder);
  const maxConnections = Math.max(bench.options.idleConnections, bench.options.webSockets) + 1024;
  const prepared = peer.prepare({ folder, port, originPort: bench.originPort, maxConnections });
  const child = bench.children.start({ ...prepared, cwd: folder, core: bench.options.proxyCore });
  const asked = peer.asked ?? 'http';
  const scheme = asked === 'http' ? 'http' : 'https';
  await answersAs(child, peer.name, `${scheme}://127.0.0.1:${port}`, asked === 'h2');
  return new RunningProxy({ name: peer.name, port, child, accessLog: prepared.accessLog, scheme });
}
