import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Children } from '../measure/children.ts';
import type { Report } from '../report/report.ts';
import { figure } from '../report/table.ts';
import type { Fault } from './fault.ts';
import { errorsOf, type LoadResult, runLoad } from './load.ts';
import { type Proxy, startProxy, untilAllServe } from './proxies.ts';
import { type Scene, Servers } from './servers.ts';
import type { Settings } from './settings.ts';
import { type Summary, summarize } from './summary.ts';

/** What one stage is built of. */
export interface StageParts {
  readonly settings: Settings;
  readonly children: Children;
  /** Its own. */
  readonly folder: string;
  readonly report: Report;
}

/** After a fault, until what a proxy has counted against a server is forgotten. */
const settleMs = 1000;
/** Share of a run, whole seconds: wrk knows no parts. */
const warmUp = 1 / 4;

/** Three servers and the proxies before them, all of them running; one proxy at a time is loaded. */
export class Stage implements AsyncDisposable {
  readonly #parts: StageParts;
  readonly #servers: Servers;
  readonly #proxies: Proxy[] = [];

  private constructor(parts: StageParts, servers: Servers) {
    this.#parts = parts;
    this.#servers = servers;
  }

  /** Resolves when every proxy passes on what all servers say, and is warm. @throws {Error} when one does not start */
  static async open(parts: StageParts, scene: Scene): Promise<Stage> {
    const { children, folder, settings } = parts;
    mkdirSync(folder);
    const stage = new Stage(parts, await Servers.open({ ...scene, children, folder, core: settings.loadCore }));
    for (const name of settings.proxies) {
      const servers = stage.#servers.addresses;
      const proxy = await startProxy(name, { children, folder, core: settings.proxyCore, servers });
      await stage.#load(proxy, Math.ceil(settings.seconds * warmUp));
      stage.#proxies.push(proxy);
    }
    return stage;
  }

  /** The proxies take turns; each run begins with another one. */
  async play(fault: Fault): Promise<readonly Summary[]> {
    const { settings, report } = this.#parts;
    report.say(`\n${fault.name}: ${fault.title}`);
    const results = new Map<Proxy, LoadResult[]>(this.#proxies.map((proxy) => [proxy, []]));
    for (let run = 0; run < settings.runs; run++) {
      for (let turn = 0; turn < this.#proxies.length; turn++) {
        const proxy = this.#proxies[(run + turn) % this.#proxies.length]!;
        const result = await this.#suffer(proxy, fault);
        report.say(`  ${describe(run, proxy, result)}`);
        results.get(proxy)!.push(result);
      }
    }
    report.keep(fault.name, Object.fromEntries([...results].map(([{ name }, runs]) => [name, runs])));
    return this.#proxies.map((proxy) => summarize(fault.name, proxy.name, results.get(proxy)!));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.child.stop()));
    await this.#servers.close();
  }

  /** One run, from all being well to all being well again. */
  async #suffer(proxy: Proxy, fault: Fault): Promise<LoadResult> {
    await sleep(settleMs);
    await untilAllServe(proxy, this.#servers.count);
    const { seconds } = this.#parts.settings;
    const [result] = await Promise.all([this.#load(proxy, seconds), fault.strike(this.#servers, seconds * 1000)]);
    return result;
  }

  #load(proxy: Proxy, seconds: number): Promise<LoadResult> {
    const { settings, children, folder } = this.#parts;
    const { pauseMs, loadCore } = settings;
    return runLoad({ children, url: proxy.url, seconds, pauseMs, core: loadCore, cwd: folder });
  }
}

function describe(run: number, proxy: Proxy, result: LoadResult): string {
  const [p50, p99, longest] = [result.p50, result.p99, result.max].map((us) => figure(us / 1000));
  const times = `p50 ${p50} ms, p99 ${p99} ms, longest ${longest} ms`;
  return `run ${run + 1} ${proxy.name.padEnd(7)}: ${result.requests} requests, ${errorsOf(result)} errors, ${times}`;
}
