import { ServerField, type BreakerPlan, type OutliersPlan, type PassivePlan, type Plan } from '../../proxy/index.ts';
import { ServerBoard } from '../servers/server-board.ts';
import { TrafficWatch } from './traffic-watch.ts';

export const outliers: OutliersPlan = {
  consecutiveFailures: 5,
  consecutiveGatewayFailures: 0,
  consecutiveUnanswered: 0,
  intervalMs: 10_000,
  baseMs: 30_000,
  maxMs: 70_000,
  jitterMs: 0,
  maxEjected: 10,
  successRate: undefined,
  failurePercentage: undefined,
  latency: undefined,
};
export const breaker: BreakerPlan = {
  of: 'both',
  failureRatio: 0.5,
  minRequests: 10,
  windowMs: 10_000,
  openMs: 5000,
  halfOpen: 1,
  slow: undefined,
};

/** A watch by a clock that is turned by hand. */
export class World {
  readonly board: ServerBoard = new ServerBoard(2);
  readonly watch: TrafficWatch;
  /** What happened, in order. */
  readonly seen: string[] = [];
  readonly passed: Set<string> = new Set();
  random = 0;
  #ms = 1000;
  #timer: { readonly at: number; readonly call: () => void } | undefined;

  constructor() {
    this.board.listen(({ server, before, after, why }) => {
      if (before.ejected !== after.ejected) this.seen.push(`${server} ${after.ejected ? 'out' : 'back'}: ${why}`);
    });
    const fail = (message: string): void => void this.seen.push(`error: ${message}`);
    this.watch = new TrafficWatch({
      board: this.board,
      clock: { now: () => this.#ms, date: () => 1_700_000_000_000 + this.#ms },
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: fail },
      after: (ms, call) => {
        this.#timer = { at: this.#ms + ms, call };
        return () => (this.#timer = undefined);
      },
      random: () => this.random,
      passedSince: ({ server }) => this.passed.has(server),
      breakerChanged: (pool, to, why) => void this.seen.push(`${pool} ${to}: ${why}`),
    });
  }

  /** Something is looked at now and then. */
  get busy(): boolean {
    return this.#timer !== undefined;
  }

  apply(passive: PassivePlan | undefined, servers: string): void {
    const each = [...servers].map((name) => ({ name, weight: 1, group: 0 }));
    const pools = [{ name: 'app', servers: each, passive, panicBelow: 0 }];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parts that are read
    const plan = { pools } as unknown as Pick<Plan, 'pools'>;
    this.board.rowsOf(plan);
    this.board.keep(plan);
    this.watch.follow(plan);
  }

  pass(ms: number): void {
    const end = this.#ms + ms;
    while (this.#timer !== undefined && this.#timer.at <= end) {
      const { at, call } = this.#timer;
      this.#ms = at;
      this.#timer = undefined;
      call();
    }
    this.#ms = end;
  }

  streak(server: string): void {
    this.watch.take({ kind: 'streak', pool: 'app', server, streak: 'failures', length: 5 });
  }

  count(server: string, attempts: number, failed: number, slow = 0): void {
    const row = this.board.rowsOfPool('app')!.servers.get(server)!;
    row.add(ServerField.attempts, attempts);
    row.add(ServerField.failed, failed);
    row.add(ServerField.slow, slow);
  }

  get out(): string {
    return this.board.servers.flatMap(({ server, record }) => (record.ejected ? [server] : [])).join('');
  }

  take(): string[] {
    return this.seen.splice(0);
  }

  status(server: string): ReturnType<TrafficWatch['ejectionOf']> {
    return this.watch.ejectionOf({ pool: 'app', server });
  }
}

export function world(passive: PassivePlan | undefined, servers: string): World {
  const made = new World();
  made.apply(passive, servers);
  return made;
}
