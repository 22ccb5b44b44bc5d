import type { z } from 'zod';

import type { PoolPlan } from '../../proxy/index.ts';
import { readServer } from '../config/read-server.ts';
import { serverSchema } from '../config/schema-server.ts';
import { findServer } from './find-server.ts';
import { hasTemplates } from './overlay.ts';
import { changeText, isEmpty, type AddedServer, type ChangedLimits, type RuntimeChange } from './runtime-change.ts';
import type { RuntimeChanges } from './runtime-changes.ts';

/** What operators may say of servers while the proxy runs. Servers are named as `findServer` knows them. */
export type ServerCommand =
  | { readonly do: 'add'; readonly pool: string; readonly server: AddedServer }
  | { readonly do: 'remove' | 'drain' | 'maint' | 'ready'; readonly pool: string; readonly server: string }
  | { readonly do: 'weight'; readonly pool: string; readonly server: string; readonly weight: number }
  | { readonly do: 'limit'; readonly pool: string; readonly server: string; readonly limits: ChangedLimits }
  | { readonly do: 'reset'; readonly pool?: string | undefined; readonly server?: string | undefined };

/** Why a command does nothing. `unknown`: there is no such pool or server; `conflict`: not as things are; `wrong`: never. */
export interface Refused {
  readonly ok: false;
  readonly why: 'unknown' | 'conflict' | 'wrong' | 'failed';
  readonly message: string;
}

/** What is to be said of servers from now on: without any content, where all is to be as the config says. */
export type Decided = { readonly ok: true; readonly changes: readonly RuntimeChange[] } | Refused;

/** As things are. */
export interface Situation {
  /** The pools of the config, and as they are with all that stands beside it. */
  readonly given: readonly PoolPlan[];
  readonly pools: readonly PoolPlan[];
  readonly changes: RuntimeChanges;
  /** Who says so and when, for the changes. */
  readonly at: string;
  readonly by: string;
}

export function decide(command: ServerCommand, situation: Situation): Decided {
  if (command.do === 'reset') return reset(command, situation);
  const pool = situation.pools.find(({ name }) => name === command.pool);
  if (pool === undefined) return noPool(command.pool, situation);
  if (command.do === 'add') return add(command.server, pool, situation);
  const found = findServer(
    command.server,
    pool.servers.map(({ name }) => name),
    `the pool ${pool.name}`,
  );
  if (!('name' in found)) return refused(found.why === 'unknown' ? 'unknown' : 'conflict', found.message);
  return changeOne(command, pool, known({ pool: pool.name, server: found.name }, situation));
}

type NamedCommand = Exclude<ServerCommand, { readonly do: 'add' | 'reset' }>;

function changeOne(command: NamedCommand, pool: PoolPlan, before: RuntimeChange): Decided {
  switch (command.do) {
    case 'remove':
      return remove(pool, before);
    case 'weight': {
      const plan = pool.servers.find(({ name }) => name === before.server);
      return decided({ ...before, weight: command.weight === plan?.weight ? undefined : command.weight });
    }
    case 'limit':
      return decided({ ...before, limits: { ...before.limits, ...stated(command.limits) } });
    default:
      return decided({ ...before, operator: command.do === 'ready' ? undefined : command.do });
  }
}

/** Without what was not said. */
function stated({ maxRequests, maxConnections }: ChangedLimits): ChangedLimits {
  return { ...(maxRequests !== undefined && { maxRequests }), ...(maxConnections !== undefined && { maxConnections }) };
}

/** What has been said of it so far, said anew by who says so now. */
function known(name: Pick<RuntimeChange, 'pool' | 'server'>, { changes, at, by }: Situation): RuntimeChange {
  return { ...changes.get(name), ...name, at, by };
}

function add(server: AddedServer, pool: PoolPlan, situation: Situation): Decided {
  const url = readServer(server.url);
  if (!url.ok) return refused('wrong', `Cannot add this server: ${url.what}; ${url.remedy}`);
  const read = serverSchema.safeParse(server);
  if (!read.success) return refused('wrong', `Cannot add this server: ${whatOf(read.error.issues[0])}`);
  const { origin, resolve, http2 } = read.data;
  // The pool says how all of its servers are spoken to.
  if (http2 && pool.protocol?.version !== 'http2') {
    const message = `Cannot add the server ${origin}: the pool ${pool.name} does not speak HTTP/2 to all of its servers; write http://, or add protocol: http2 to the pool`;
    return refused('conflict', message);
  }
  if (resolve !== undefined)
    return refused('wrong', 'Cannot add this server: names that DNS finds belong in the config');
  if (pool.servers.some(({ name }) => name === origin)) {
    return refused('conflict', `Cannot add the server ${origin}: the pool ${pool.name} has it already`);
  }
  const before = known({ pool: pool.name, server: origin }, situation);
  if (before.removed !== true) return decided({ ...before, added: server });
  if (server.group !== undefined || server.backup !== undefined) {
    const message = `Cannot add the server ${origin} so: the config says its group; leave "backup" and "group" out`;
    return refused('conflict', message);
  }
  return decided({ ...before, removed: undefined, weight: server.weight });
}

/** A server may be written in two ways: what is wrong with the longer one says more. */
function whatOf(issue: z.core.$ZodIssue | undefined): string {
  const inner = issue?.code === 'invalid_union' ? (issue.errors.at(-1)?.[0] ?? issue) : issue;
  const { path = [], message = 'it is not one' } = inner ?? {};
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}

function remove(pool: PoolPlan, { pool: name, server, added, at, by }: RuntimeChange): Decided {
  if (pool.servers.length === 1) {
    const message = `Cannot remove the last server of the pool ${name}: add another one first, or drain it`;
    return refused('conflict', message);
  }
  return decided({ pool: name, server, at, by, ...(added === undefined && { removed: true }) });
}

/** Of one server, of a pool or of all; also of servers that are not used now. */
function reset({ pool, server }: Extract<ServerCommand, { do: 'reset' }>, situation: Situation): Decided {
  const { changes, pools, at, by } = situation;
  if (pool === undefined && server !== undefined) return refused('wrong', 'Cannot reset a server: its pool is missing');
  if (pool !== undefined && pools.every(({ name }) => name !== pool)) return noPool(pool, situation);
  const all = pool === undefined ? changes.all : changes.of(pool);
  const chosen = server === undefined ? all : chosenOf(server, pool!, situation);
  if ('ok' in chosen) return chosen;
  return { ok: true, changes: chosen.map((each) => ({ pool: each.pool, server: each.server, at, by })) };
}

function chosenOf(server: string, pool: string, { changes, pools }: Situation): readonly RuntimeChange[] | Refused {
  const all = changes.of(pool);
  const inUse = pools.find(({ name }) => name === pool)?.servers.map(({ name }) => name) ?? [];
  const found = findServer(server, [...new Set([...inUse, ...all.map((each) => each.server)])], `the pool ${pool}`);
  if ('name' in found) return all.filter((each) => each.server === found.name);
  return refused(found.why === 'unknown' ? 'unknown' : 'conflict', found.message);
}

/** What of a change fits another config. `forgot`: in words, what does not; undefined: all does. */
export interface Fitted {
  readonly kept: RuntimeChange | undefined;
  readonly forgot: string | undefined;
}

export function fit(change: RuntimeChange, given: readonly PoolPlan[]): Fitted {
  const pool = given.find(({ name }) => name === change.pool);
  const begin = `Forgot what was said of the server ${change.server} (${changeText(change)}):`;
  if (pool === undefined) return { kept: undefined, forgot: `${begin} the pool ${change.pool} is gone` };
  const inConfig = pool.servers.some(({ name, resolve }) => name === change.server && resolve === undefined);
  if (change.added !== undefined && inConfig) {
    const rest = { ...change, added: undefined };
    return {
      kept: isEmpty(rest) ? undefined : rest,
      forgot: `The server ${change.server} was added: the config has it now`,
    };
  }
  if (change.added !== undefined || inConfig || hasTemplates(pool)) return { kept: change, forgot: undefined };
  return { kept: undefined, forgot: `${begin} the config does not have it any more` };
}

function decided(next: RuntimeChange): Decided {
  return { ok: true, changes: [next] };
}

function noPool(pool: string, { pools }: Situation): Refused {
  const names = pools.slice(0, 10).map(({ name }) => name);
  const more = pools.length > names.length ? ` and ${pools.length - names.length} more` : '';
  return refused('unknown', `Cannot find the pool ${JSON.stringify(pool)}: there are ${names.join(', ')}${more}`);
}

export function refused(why: Refused['why'], message: string): Refused {
  return { ok: false, why, message };
}

/** They say the same of a server. */
export function sameChange(a: RuntimeChange | undefined, b: RuntimeChange): boolean {
  return a === undefined ? isEmpty(b) : said(a) === said(b);
}

function said({ added, removed, operator, weight, limits }: RuntimeChange): string {
  return JSON.stringify([added, removed, operator, weight, limits]);
}
