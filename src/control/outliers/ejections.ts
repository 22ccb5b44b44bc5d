import type { Clock } from '../../core/clock.ts';
import { ServerField, type OutliersPlan } from '../../proxy/index.ts';
import { effectiveState, isUsable } from '../servers/effective-state.ts';
import type { ServerBoard, ServerName } from '../servers/server-board.ts';
import type { Outlier, OutlierKind } from './find-outliers.ts';

/** How long servers stay out, and how many. */
export type EjectionRules = Pick<OutliersPlan, 'baseMs' | 'maxMs' | 'jitterMs' | 'maxEjected' | 'intervalMs'>;

export interface EjectionsEnv {
  readonly board: ServerBoard;
  readonly clock: Clock;
  /** Gives 0 <= n < 1. */
  readonly random: () => number;
  /** A health check of the server that began at or after that time (ms since 1970) has passed. */
  readonly passedSince: (name: ServerName, since: number) => boolean;
}

/** What people are shown of a server that is out. */
export interface EjectionStatus {
  /** In words, without a full stop. */
  readonly why: string;
  readonly kind: OutlierKind;
  /** When it comes back, unless a check passes before; ISO 8601. */
  readonly until: string;
  /** How often it has been taken out of late. */
  readonly times: number;
}

interface Known extends ServerName {
  rules: EjectionRules;
  /** How often it was taken out; one less with each interval without. */
  times: number;
  forgetAt: number;
  out: { readonly why: string; readonly kind: OutlierKind; readonly since: number; readonly until: number } | undefined;
  readonly counts: Map<OutlierKind, number>;
}

/**
 * Which servers are taken out because of what traffic with them is like, and until when.
 *
 * (1) The only server of a pool, and the last one that is usable, stay in: no answer would be no better than a bad one. Where the
 *     last one is to go, those that are out come back.
 * (2) Of a pool at most `maxEjected` percent are out at once, but one always may be. A circuit breaker of its own is not bound by that.
 */
export class Ejections {
  readonly #env: EjectionsEnv;
  readonly #known: Map<string, Known> = new Map();
  /** Servers that have come back. */
  readonly #returned: (name: ServerName, kind: OutlierKind) => void;

  constructor(env: EjectionsEnv, returned: (name: ServerName, kind: OutlierKind) => void) {
    this.#env = env;
    this.#returned = returned;
  }

  /** Some are out, or their times are not forgotten yet: it has to be called often. */
  get busy(): boolean {
    return [...this.#known.values()].some(({ times, out }) => times > 0 || out !== undefined);
  }

  isOut(name: ServerName): boolean {
    return this.#known.get(keyOf(name))?.out !== undefined;
  }

  statusOf(name: ServerName): EjectionStatus | undefined {
    const known = this.#known.get(keyOf(name));
    if (known?.out === undefined) return undefined;
    const { why, kind, until } = known.out;
    const { clock } = this.#env;
    const date = clock.date() + until - clock.now();
    return { why, kind, until: new Date(date).toISOString(), times: known.times };
  }

  /** How often it was taken out, by what for, since it is in the config. */
  countsOf(name: ServerName): ReadonlyMap<OutlierKind, number> | undefined {
    return this.#known.get(keyOf(name))?.counts;
  }

  /** @returns false: it stays in. */
  eject(pool: string, { server, kind, why }: Outlier, rules: EjectionRules): boolean {
    const name = { pool, server };
    if (this.#env.board.get(name) === undefined) return false; // It has gone meanwhile.
    const known = this.#known.get(keyOf(name)) ?? fresh(name, rules);
    if (known.out !== undefined) return false;
    if (!this.#hasOthers(name)) {
      this.#relieve(name);
      return false;
    }
    if (kind !== 'breaker' && this.#shareIsOut(name, rules)) return false;
    this.#known.set(keyOf(name), known);
    const now = this.#env.clock.now();
    known.rules = rules;
    known.times += 1;
    const ms = Math.min(rules.maxMs, rules.baseMs * known.times) + Math.round(this.#env.random() * rules.jitterMs);
    known.out = { why, kind, since: this.#env.clock.date(), until: now + ms };
    known.forgetAt = now + ms + rules.intervalMs;
    known.counts.set(kind, (known.counts.get(kind) ?? 0) + 1);
    this.#env.board.change(name, { ejected: true }, `${why}; it is out for ${ms / 1000} s`);
    return true;
  }

  /** Time goes by: those whose time is over come back, and so do those whose check has passed. */
  tick(): void {
    const now = this.#env.clock.now();
    for (const known of this.#known.values()) {
      if (known.out === undefined) this.#forget(known, now);
      else if (now >= known.out.until) this.#back(known, 'its time is over');
      // A breaker opens for requests that go wrong, whatever the checks say.
      else if (known.out.kind !== 'breaker' && this.#env.passedSince(known, known.out.since)) {
        this.#back(known, 'a check has passed');
      }
    }
  }

  /** Those for which there are other rules, or none, by now. */
  follow(rulesOf: (name: ServerName, kind: OutlierKind | undefined) => EjectionRules | undefined): void {
    for (const [key, known] of this.#known) {
      const { board } = this.#env;
      const rules = rulesOf(known, known.out?.kind);
      const alone = board.serversOf(known.pool).length < 2;
      if (rules === undefined || alone) {
        if (known.out !== undefined) this.#back(known, 'the config has changed');
      } else known.rules = rules;
      if (rules === undefined || board.get(known) === undefined) this.#known.delete(key);
    }
  }

  #forget(known: Known, now: number): void {
    if (known.times === 0 || now < known.forgetAt) return;
    known.times -= 1;
    known.forgetAt = now + known.rules.intervalMs;
  }

  #back(known: Known, why: string): void {
    const { kind } = known.out!;
    known.out = undefined;
    known.forgetAt = this.#env.clock.now() + known.rules.intervalMs;
    this.#env.board.rowsOfPool(known.pool)?.servers.get(known.server)?.set(ServerField.streaks, 0);
    this.#returned(known, kind);
    this.#env.board.change(known, { ejected: false }, why);
  }

  /** Another server of the pool is usable. */
  #hasOthers({ pool, server }: ServerName): boolean {
    const servers = this.#env.board.serversOf(pool);
    return servers.some(({ plan, record }) => plan.name !== server && isUsable(effectiveState(record, plan)));
  }

  #shareIsOut({ pool }: ServerName, { maxEjected }: EjectionRules): boolean {
    const servers = this.#env.board.serversOf(pool);
    const out = servers.filter(({ record }) => record.ejected).length;
    return out + 1 > Math.max(1, Math.floor((servers.length * maxEjected) / 100));
  }

  /** The last usable server fails, too: who is out may be no worse. */
  #relieve({ pool, server }: ServerName): void {
    for (const known of this.#known.values()) {
      if (known.pool !== pool || known.server === server) continue;
      if (known.out !== undefined && known.out.kind !== 'breaker') this.#back(known, 'the last other one fails, too');
    }
  }
}

function fresh(name: ServerName, rules: EjectionRules): Known {
  return { ...name, rules, times: 0, forgetAt: 0, out: undefined, counts: new Map() };
}

function keyOf({ pool, server }: ServerName): string {
  return JSON.stringify([pool, server]);
}
