import { samePlain } from '../../core/same-plain.ts';
import {
  poolBreaker,
  serverBreaker,
  ServerField,
  writeBreaker,
  type BreakerPlan,
  type PassivePlan,
  type PoolPlan,
  type StreakKind,
} from '../../proxy/index.ts';
import { effectiveState, isUsable } from '../servers/effective-state.ts';
import type { BoardRows, ServerBoard } from '../servers/server-board.ts';
import { Circuit, type CircuitChange, type CircuitState } from './circuit.ts';
import type { EjectionRules, Ejections } from './ejections.ts';
import { findOutliers, type OutlierKind } from './find-outliers.ts';
import { addCounts, noCounts, WrappingCounts, type Counts } from './wrapping-counts.ts';

export interface PoolWatchEnv {
  readonly board: ServerBoard;
  readonly clock: { now(): number; date(): number };
  readonly ejections: Ejections;
  /** The circuit breaker of the pool has changed. */
  readonly changed: (pool: string, change: CircuitChange) => void;
}

/** What people are shown of the circuit breaker of a pool. */
export interface BreakerStatus {
  readonly pool: string;
  readonly state: CircuitState;
  /** In words; undefined: it has never changed. */
  readonly why?: string | undefined;
  /** While it is open: when it lets requests try it out; ISO 8601. */
  readonly until?: string | undefined;
  /** How often it opened. */
  readonly opened: number;
}

interface WatchedServer {
  /** Since the last look at the breakers, and since the last look at the rates. */
  readonly quick: WrappingCounts;
  readonly slow: WrappingCounts;
  circuit: Circuit | undefined;
}

const streakWords: Readonly<Record<StreakKind, string>> = {
  failures: 'failed or were answered with an error of the server',
  gatewayFailures: 'failed or were answered with 502, 503 or 504',
  unanswered: 'got no answer',
};

/** Judges the servers of one pool, and the pool, by what their traffic was like. */
export class PoolWatch {
  readonly #env: PoolWatchEnv;
  #pool: PoolPlan;
  #rows: BoardRows;
  readonly #servers: Map<string, WatchedServer> = new Map();
  #circuit: Circuit | undefined;
  #lookAt: number;
  #why: string | undefined;
  #until = 0;
  #opened = 0;

  /** @param rows those of the pool, on the board. */
  constructor(env: PoolWatchEnv, pool: PoolPlan, rows: BoardRows) {
    this.#env = env;
    this.#pool = pool;
    this.#rows = rows;
    this.#lookAt = env.clock.now();
    this.#circuit = this.#circuitOf(poolBreaker(this.#plan));
    this.#begin();
  }

  /** Goes on with another plan: what is known of servers and breakers stays where their settings do. */
  follow(pool: PoolPlan, rows: BoardRows): void {
    const before = this.#pool;
    this.#pool = pool;
    this.#rows = rows;
    if (!samePlain(poolBreaker(before.passive), poolBreaker(pool.passive))) {
      this.#circuit = this.#circuitOf(poolBreaker(pool.passive));
      writeBreaker(rows.pool, { state: 'closed' });
    }
    if (!samePlain(serverBreaker(before.passive), serverBreaker(pool.passive))) this.#forgetCircuits();
    this.#begin();
  }

  /** The pool is watched no more. */
  end(): void {
    writeBreaker(this.#rows.pool, { state: 'closed' });
    this.#forgetCircuits();
  }

  /** It has to be called often. */
  get busy(): boolean {
    const { outliers, breaker } = this.#plan;
    return (breaker ?? outliers?.successRate ?? outliers?.failurePercentage ?? outliers?.latency) !== undefined;
  }

  get breaker(): BreakerStatus | undefined {
    if (this.#circuit === undefined) return undefined;
    const { state } = this.#circuit;
    const until = state === 'open' ? new Date(this.#until).toISOString() : undefined;
    return { pool: this.#pool.name, state, why: this.#why, until, opened: this.#opened };
  }

  /** How long a server that goes out for this stays out; undefined: it does not go out for that. */
  rulesFor(kind: OutlierKind | undefined): EjectionRules | undefined {
    const breaker = serverBreaker(this.#plan);
    const ofBreaker = breaker && {
      baseMs: breaker.openMs,
      maxMs: breaker.openMs,
      jitterMs: 0,
      maxEjected: 100,
      intervalMs: breaker.windowMs,
    };
    if (kind === 'breaker') return ofBreaker;
    return kind === undefined ? (this.#plan.outliers ?? ofBreaker) : this.#plan.outliers;
  }

  /** A thread says that so many attempts in a row went wrong. */
  streak(server: string, kind: StreakKind, length: number): void {
    const { outliers } = this.#plan;
    if (outliers === undefined) return;
    const why = `${length} ${length === 1 ? 'attempt' : 'attempts in a row'} ${streakWords[kind]}`;
    this.#env.ejections.eject(this.#pool.name, { server, kind, why }, outliers);
  }

  /** A request has tried out whether the breaker of the pool may close. */
  probe(ok: boolean): void {
    this.#poolChanged(this.#circuit?.tried(ok, this.#env.clock.now()));
  }

  tick(): void {
    const now = this.#env.clock.now();
    const sum = this.#lookAtServers(now);
    this.#poolChanged(this.#circuit?.tick(sum, now));
    if (now >= this.#lookAt) this.#lookAtRates(now);
  }

  /** It is used again after its own breaker was open: a few requests try it out. */
  returned(server: string): void {
    const circuit = this.#servers.get(server)?.circuit;
    const plan = serverBreaker(this.#plan);
    if (circuit === undefined || plan === undefined) return;
    circuit.tick(noCounts, this.#env.clock.now());
    this.#servers.get(server)!.quick.take();
    // Tunnels and long answers from before may go on for hours, and are no trials.
    const { exchanges } = ServerField;
    this.#try(server, (this.#rows.servers.get(server)?.get(exchanges) ?? 0) + plan.halfOpen);
  }

  get #plan(): PassivePlan {
    return this.#pool.passive ?? { outliers: undefined, breaker: undefined };
  }

  #circuitOf(plan: BreakerPlan | undefined): Circuit | undefined {
    return plan && new Circuit(plan, this.#env.clock.now());
  }

  #begin(): void {
    const plan = serverBreaker(this.#plan);
    for (const name of this.#servers.keys()) if (!this.#rows.servers.has(name)) this.#servers.delete(name);
    for (const [name, row] of this.#rows.servers) {
      const known = this.#servers.get(name);
      const watched = known ?? { quick: new WrappingCounts(row), slow: new WrappingCounts(row), circuit: undefined };
      watched.circuit ??= this.#circuitOf(plan);
      this.#servers.set(name, watched);
    }
  }

  #forgetCircuits(): void {
    for (const [name, watched] of this.#servers) {
      if (watched.circuit?.state === 'half-open') this.#try(name, undefined);
      watched.circuit = undefined;
    }
  }

  // --- breakers ------------------------------------------------------------------------------------------------

  #lookAtServers(now: number): Counts {
    let sum = noCounts;
    for (const [server, watched] of this.#servers) {
      const counts = watched.quick.take();
      if (counts.attempts > 0) sum = addCounts(sum, counts);
      const { circuit } = watched;
      if (circuit === undefined) continue;
      const out = this.#env.ejections.isOut({ pool: this.#pool.name, server });
      if (circuit.state === 'half-open') this.#tried(server, watched, counts);
      else if (!out) this.#serverChanged(server, watched, circuit.tick(counts, now));
    }
    return sum;
  }

  /** Failures count first: with one of them it opens again. */
  #tried(server: string, watched: WatchedServer, { attempts, failed, slow }: Counts): void {
    const bad = Math.min(attempts, failed + slow);
    for (let i = 0; i < attempts && watched.circuit?.state === 'half-open'; i++) {
      this.#serverChanged(server, watched, watched.circuit.tried(i >= bad, this.#env.clock.now()));
    }
  }

  #serverChanged(server: string, watched: WatchedServer, change: CircuitChange | undefined): void {
    const rules = this.rulesFor('breaker');
    if (change === undefined || rules === undefined) return;
    this.#try(server, undefined);
    if (change.to !== 'open') return;
    const why = `its circuit breaker opened: ${change.why}`;
    const out = this.#env.ejections.eject(this.#pool.name, { server, kind: 'breaker', why }, rules);
    // The last one that is usable stays in, with a breaker that is closed.
    if (!out) watched.circuit = this.#circuitOf(serverBreaker(this.#plan));
  }

  /** @param trial how many requests it may have at once meanwhile; undefined: what it may have. */
  #try(server: string, trial: number | undefined): void {
    const why = trial === undefined ? 'it has been tried out' : 'it is being tried out';
    this.#env.board.change({ pool: this.#pool.name, server }, { trial }, why);
  }

  #poolChanged(change: CircuitChange | undefined): void {
    const plan = poolBreaker(this.#plan);
    if (change === undefined || plan === undefined) return;
    this.#why = change.why;
    if (change.to === 'open') {
      this.#opened += 1;
      this.#until = this.#env.clock.date() + plan.openMs;
      writeBreaker(this.#rows.pool, { state: 'open', until: this.#until });
    } else writeBreaker(this.#rows.pool, { state: change.to });
    this.#env.changed(this.#pool.name, change);
  }

  // --- rates ---------------------------------------------------------------------------------------------------

  #lookAtRates(now: number): void {
    const { outliers } = this.#plan;
    if (outliers === undefined) return;
    this.#lookAt = now + outliers.intervalMs;
    const samples = [...this.#servers].map(([server, { slow }]) => ({ server, counts: slow.take() }));
    const compared = samples.filter(({ server }) => this.#usable(server));
    for (const outlier of findOutliers(compared, outliers)) {
      this.#env.ejections.eject(this.#pool.name, outlier, outliers);
    }
  }

  #usable(server: string): boolean {
    const name = { pool: this.#pool.name, server };
    const [record, plan] = [this.#env.board.get(name), this.#env.board.plan(name)];
    return record !== undefined && plan !== undefined && isUsable(effectiveState(record, plan));
  }
}
