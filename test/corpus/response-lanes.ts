import type { World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { loopback } from '../harness/plan-of.ts';
import type { ResponseCase } from './cases.ts';
import type { ResponseClient } from './response-client.ts';
import { ResponseOrigin, type Delivery } from './response-origin.ts';
import { runResponseCase, type ResponseOutcome } from './response-run.ts';

/** One run of a case. */
export interface ResponseJob {
  readonly one: ResponseCase;
  readonly delivery: Delivery;
}

/** More keep the event loop busy while others wait for a turn; too many only queue. */
const laneCount = 16;

/** For an answer; only what never comes reaches it, however busy the machine. */
const patienceMs = 20_000;

/** Postern with many listeners, each before an origin of its own, so that many cases run at once and none meets another. */
export class ResponseLanes {
  readonly #proxy: ProxyUnderTest;
  readonly #origins: readonly ResponseOrigin[];

  private constructor(proxy: ProxyUnderTest, origins: readonly ResponseOrigin[]) {
    this.#proxy = proxy;
    this.#origins = origins;
  }

  static async start(world: World): Promise<ResponseLanes> {
    const origins = await Promise.all(Array.from({ length: laneCount }, () => ResponseOrigin.start()));
    world.after(() => Promise.all(origins.map((origin) => origin.stop())));
    const names = origins.map((_, i) => `lane-${i}`);
    const proxy = await world.proxy({
      pool: { retries: { attempts: 0 } }, // What one attempt finds is what the client is to hear of.
      listeners: Object.fromEntries(names.map((name) => [name, loopback])),
      routes: names.map((name) => ({ pool: name, listeners: [name] })),
      pools: Object.fromEntries(
        origins.map(({ port }, i) => [`lane-${i}`, { servers: [{ kind: 'tcp', host: '127.0.0.1', port }] }]),
      ),
    });
    return new ResponseLanes(proxy, origins);
  }

  /** Runs all jobs, and stops the proxy: this goes once. @returns their outcomes in the same order, with the reasons from the access log. */
  async run(jobs: readonly ResponseJob[]): Promise<ResponseOutcome[]> {
    const outcomes: ResponseOutcome[] = [];
    let next = 0;
    const work = async (origin: ResponseOrigin, lane: number): Promise<void> => {
      const port = this.#proxy.port(`lane-${lane}`);
      const kept: ResponseClient[] = [];
      for (let i = next++; i < jobs.length; i = next++) {
        const { one, delivery } = jobs[i]!;
        outcomes[i] = await runResponseCase(one, { port, origin, kept, patienceMs, probe: `/after-${i}` }, delivery);
      }
      for (const client of kept) client.reset();
    };
    await Promise.all(this.#origins.map(work));
    const reasons = await this.#reasons();
    return outcomes.map((outcome, i) => ({ ...outcome, reason: reasons.get(`/after-${i}`) ?? null }));
  }

  /** By the path of the request behind each: the reason in the line before it in the log of the same lane. */
  async #reasons(): Promise<Map<string, string | null>> {
    await this.#proxy.checkQuiet();
    await this.#proxy.stop(); // The log is whole then, and is read once.
    const before = new Map<string, string | null>();
    const reasons = new Map<string, string | null>();
    for (const { pool = '', path, reason } of this.#proxy.log.read()) {
      if (path.startsWith('/after-')) reasons.set(path, before.get(pool) ?? null);
      before.set(pool, reason ?? null);
    }
    return reasons;
  }
}
