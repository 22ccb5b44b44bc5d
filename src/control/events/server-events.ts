import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { Plan, ServerState } from '../../proxy/index.ts';
import { effectiveState, isUsable } from '../servers/effective-state.ts';
import type { ServerBoard, ServerChange, ServerName } from '../servers/server-board.ts';
import { durationWords } from './duration-words.ts';
import { kindsBetween, stateText, type ServerEvent, type ServerEventKind } from './server-event.ts';

export interface ServerEventsEnv {
  readonly clock: Clock;
  readonly log: Logger;
  readonly board: ServerBoard;
  /** Takes each event; must neither throw nor wait. */
  readonly tell: (event: ServerEvent) => void;
}

/** What no state of a server shows. */
export type NotedKind = Extract<ServerEventKind, 'server-added' | 'server-removed' | 'server-weight'>;

interface Known {
  /** Milliseconds since 1970. */
  since: number;
  /** Undefined: nothing has happened to it. */
  counts: Map<ServerEventKind, number> | undefined;
}

interface KnownPool {
  since: number;
  usable: boolean;
}

/** Turns what changes about servers into events: a line of the log, a count, and a word to whoever else wants to hear. */
export class ServerEvents {
  readonly #env: ServerEventsEnv;
  readonly #servers: Map<string, Known> = new Map();
  readonly #pools: Map<string, KnownPool> = new Map();
  readonly #unlisten: () => void;

  constructor(env: ServerEventsEnv) {
    this.#env = env;
    this.#unlisten = env.board.listen((change) => this.#changed(change));
  }

  /** The board has the servers of this plan: others are forgotten. */
  follow({ pools }: Pick<Plan, 'pools'>): void {
    const now = this.#env.clock.date();
    const keys = new Set(this.#env.board.servers.map(keyOf));
    for (const key of this.#servers.keys()) if (!keys.has(key)) this.#servers.delete(key);
    for (const key of keys) if (!this.#servers.has(key)) this.#servers.set(key, { since: now, counts: undefined });
    const names = new Set(pools.map(({ name }) => name));
    for (const name of this.#pools.keys()) if (!names.has(name)) this.#pools.delete(name);
    for (const name of names) {
      const known = this.#pools.get(name);
      const usable = this.#count(name).usable > 0;
      if (known === undefined) this.#pools.set(name, { since: now, usable });
      else known.usable = usable;
    }
  }

  /** Since when a server has been as it is, and how often what happened to it. */
  of(
    name: ServerName,
  ): { readonly since: number; readonly counts: ReadonlyMap<ServerEventKind, number> | undefined } | undefined {
    return this.#servers.get(keyOf(name));
  }

  /** Something has happened that no state of the board shows. */
  note(event: NotedKind, { pool, server }: ServerName, why: string): void {
    const { clock, log, tell } = this.#env;
    const now = clock.date();
    const known = this.#servers.get(keyOf({ pool, server }));
    if (known !== undefined) {
      known.counts ??= new Map();
      known.counts.set(event, (known.counts.get(event) ?? 0) + 1);
    }
    log.info(`The server ${server} ${sentences[event]}: ${why}`, { event, pool, server });
    const beforeMs = known === undefined ? 0 : Math.max(0, now - known.since);
    tell({ event, at: new Date(now).toISOString(), pool, server, why, beforeMs, ...this.#count(pool) });
  }

  stop(): void {
    this.#unlisten();
  }

  #changed(change: ServerChange): void {
    const { pool, server, before, after, why } = change;
    const plan = this.#env.board.plan(change);
    const known = this.#servers.get(keyOf(change));
    if (plan === undefined || known === undefined) return;
    const states = [effectiveState(before, plan), effectiveState(after, plan)] as const;
    const kinds = kindsBetween(...states);
    const now = this.#env.clock.date();
    if (kinds.length === 0) return this.#quiet(change, states, known);
    const counts = this.#count(pool);
    const beforeMs = Math.max(0, now - known.since);
    known.since = now;
    for (const event of kinds) {
      known.counts ??= new Map();
      known.counts.set(event, (known.counts.get(event) ?? 0) + 1);
      const at = new Date(now).toISOString();
      this.#happened({ event, at, pool, server, why, beforeMs, ...counts }, stateText(states[0]));
    }
    this.#judgePool(pool, why, counts);
  }

  /** Weights, and the first good check of a server, which nobody has missed. */
  #quiet(change: ServerChange, [before, after]: readonly [ServerState, ServerState], known: Known): void {
    const { pool, server, why } = change;
    if (before.health !== after.health) known.since = this.#env.clock.date();
    const weight = before.weight === after.weight ? 'is as it was' : `has the weight ${after.weight}`;
    const what = before.health === after.health ? weight : `is ${stateText(after)}`;
    this.#env.log.debug(`The server ${server} ${what}: ${why}`, { pool, server });
    if (before.weight > 0 !== after.weight > 0) this.#judgePool(pool, why, this.#count(pool));
  }

  #happened(event: ServerEvent, was: string): void {
    const { pool, server = '', why, beforeMs, usable, servers } = event;
    const is = sentences[event.event];
    const message = `The server ${server} ${is}: ${why}; it was ${was} for ${durationWords(beforeMs)}; ${usable} of ${servers} servers of the pool are usable`;
    const bad = event.event === 'server-down' || event.event === 'server-ejected';
    this.#env.log[bad ? 'warn' : 'info'](message, { event: event.event, pool, server });
    this.#env.tell(event);
  }

  #judgePool(pool: string, why: string, counts: { readonly usable: number; readonly servers: number }): void {
    const known = this.#pools.get(pool);
    const usable = counts.usable > 0;
    if (known === undefined || known.usable === usable) return;
    const now = this.#env.clock.date();
    const beforeMs = Math.max(0, now - known.since);
    known.usable = usable;
    known.since = now;
    const event = usable ? 'pool-up' : 'pool-down';
    const { log, tell } = this.#env;
    const time = durationWords(beforeMs);
    if (usable) log.info(`The pool ${pool} has a usable server again, after ${time}`, { event, pool });
    else log.error(`The pool ${pool} has no usable server, after ${time} with one: ${why}`, { event, pool });
    tell({ event, at: new Date(now).toISOString(), pool, server: undefined, why, beforeMs, ...counts });
  }

  #count(pool: string): { readonly usable: number; readonly servers: number } {
    const servers = this.#env.board.serversOf(pool);
    return {
      usable: servers.filter(({ plan, record }) => isUsable(effectiveState(record, plan))).length,
      servers: servers.length,
    };
  }
}

const sentences: Readonly<Record<ServerEventKind, string>> = {
  'server-up': 'is up',
  'server-down': 'is down',
  'server-ejected': 'gets no requests for a while',
  'server-returned': 'gets requests again',
  'server-ready': 'is ready',
  'server-drain': 'gets nothing new',
  'server-maint': 'is in maintenance',
  'server-weight': 'has another weight',
  'server-added': 'was added',
  'server-removed': 'was removed',
  'pool-up': '',
  'pool-down': '',
  'pool-panic': '',
  'pool-calm': '',
  'breaker-open': '',
  'breaker-half-open': '',
  'breaker-closed': '',
};

function keyOf({ pool, server }: ServerName): string {
  return JSON.stringify([pool, server]);
}
