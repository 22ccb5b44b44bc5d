import { setTimeout as pause } from 'node:timers/promises';

import type { z } from 'zod';

import { changedAnswer, diffAnswer, loadAnswer } from '../control/admin/server-calls.ts';
import { callRunning, userName } from './call-running.ts';
import type { ExitCode } from './exit-code.ts';
import type { SocketOptions } from './find-socket.ts';
import { complain, say } from './outputs.ts';
import { diffText, listText, serverList, type ListedServer } from './server-text.ts';
import { fail, telling } from './telling.ts';

export interface ServerOptions extends SocketOptions {
  readonly json?: boolean;
}

export interface LimitOptions extends ServerOptions {
  readonly maxRequests?: number;
  readonly maxConnections?: number;
}

export interface AddOptions extends LimitOptions {
  readonly weight?: number;
  readonly backup?: boolean;
}

export interface WaitOptions extends ServerOptions {
  readonly wait?: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
  readonly force?: boolean;
}

/** A pool and a server, as they were written. */
type Which = readonly [pool: string, server: string];

const defaultWaitMs = 5 * 60_000;
/** How often a wait looks, in ms. */
const lookMs = 500;

/** `postern server list [POOL]`. */
export async function list(pool: string | undefined, options: ServerOptions): Promise<ExitCode> {
  return await telling(async () => {
    const { servers } = await get('/api/v1/servers', serverList, options);
    const shown = pool === undefined ? servers : servers.filter((server) => server.pool === pool);
    if (shown.length === 0 && pool !== undefined) fail(noPool(pool, servers));
    say(options.json === true ? JSON.stringify(shown, undefined, 2) : listText(shown));
  });
}

function noPool(pool: string, servers: readonly ListedServer[]): string {
  const pools = [...new Set(servers.map((server) => server.pool))];
  return `Cannot find the pool ${JSON.stringify(pool)}: there are ${pools.slice(0, 10).join(', ')}`;
}

/** `postern server add POOL URL`. */
export async function add(pool: string, url: string, options: AddOptions): Promise<ExitCode> {
  const { weight: share, backup, maxRequests, maxConnections } = options;
  const server = { url, weight: share, backup, maxRequests, maxConnections };
  return await telling(async () => tell('is in the pool', await change('add', { pool, server }, options), options));
}

/** `postern server weight POOL SERVER WEIGHT`. */
export async function weight([pool, server]: Which, share: number, options: ServerOptions): Promise<ExitCode> {
  return await telling(async () =>
    tell(`has the weight ${share}`, await change('weight', { pool, server, weight: share }, options), options),
  );
}

/** `postern server limit POOL SERVER [--max-requests N] [--max-connections N]`. */
export async function limit([pool, server]: Which, options: LimitOptions): Promise<ExitCode> {
  const { maxRequests, maxConnections } = options;
  const body = { pool, server, maxRequests, maxConnections };
  return await telling(async () => tell('has these bounds', await change('limit', body, options), options));
}

/** `postern server ready POOL SERVER`. */
export async function ready([pool, server]: Which, options: ServerOptions): Promise<ExitCode> {
  return await telling(async () => tell('is ready', await change('ready', { pool, server }, options), options));
}

/** `postern server reset [POOL [SERVER]]`. */
export async function reset(
  pool: string | undefined,
  server: string | undefined,
  options: ServerOptions,
): Promise<ExitCode> {
  return await telling(async () =>
    tell('is as the config says', await change('reset', { pool, server }, options), options),
  );
}

/** `postern server drain|maint POOL SERVER [--wait] [--force]`. */
export async function drain(what: 'drain' | 'maint', which: Which, options: WaitOptions): Promise<ExitCode> {
  const [pool, server] = which;
  return await telling(async () => {
    const done = await change(what, { pool, server }, options);
    tell(what === 'drain' ? 'gets nothing new' : 'is in maintenance', done, options);
    await finish(which, options);
  });
}

/** `postern server remove POOL SERVER [--wait] [--force]`: with one of these it drains first. */
export async function remove(which: Which, options: WaitOptions): Promise<ExitCode> {
  const [pool, server] = which;
  return await telling(async () => {
    if (options.wait === true || options.force === true) {
      await change('drain', { pool, server }, options);
      await finish(which, options);
    }
    tell('is removed', await change('remove', { pool, server }, options), options);
  });
}

/** `postern server diff`. */
export async function diff(options: ServerOptions): Promise<ExitCode> {
  return await telling(async () => {
    const all = await get('/api/v1/servers/diff', diffAnswer, options);
    say(options.json === true ? JSON.stringify(all, undefined, 2) : diffText(all));
  });
}

/** Waits until the server has nothing to do, and closes what is left, as the options say. */
async function finish(which: Which, { wait, force, timeout = defaultWaitMs, ...options }: WaitOptions): Promise<void> {
  if (wait === true && (await isIdle(which, timeout, options))) return;
  if (force === true) {
    const left = await post('close', { pool: which[0], server: which[1] }, loadAnswer, options);
    if (left.exchanges > 0) complain(`closed ${left.exchanges} requests of ${left.server}`);
  } else if (wait === true) fail(`Cannot wait any longer for ${which[1]}: it still has requests; --force closes them`);
}

/** Says how many there are left, whenever that is another number. */
async function isIdle([pool, server]: Which, withinMs: number, options: ServerOptions): Promise<boolean> {
  const endsAt = performance.now() + withinMs;
  for (let last = -1; ;) {
    // oxlint-disable-next-line no-await-in-loop -- it looks again and again
    const { exchanges, server: name } = await post('load', { pool, server }, loadAnswer, options);
    if (exchanges === 0) return true;
    if (exchanges !== last && options.json !== true) complain(`${name} has ${exchanges} requests to end`);
    last = exchanges;
    const leftMs = endsAt - performance.now();
    if (leftMs <= 0) return false;
    // oxlint-disable-next-line no-await-in-loop -- it looks again and again
    await pause(Math.min(lookMs, leftMs));
  }
}

type Changed = z.infer<typeof changedAnswer>;

async function change(what: string, body: object, options: ServerOptions): Promise<Changed> {
  return await post(what, body, changedAnswer, options);
}

function tell(what: string, { changed, servers, lost }: Changed, { json }: ServerOptions): void {
  if (json === true) say(JSON.stringify({ changed, servers, lost }, undefined, 2));
  else if (servers.length === 0) say('Nothing was changed at run time: all is as the config says');
  else for (const { pool, server } of servers) say(`${server} of ${pool} ${what}${changed ? '' : ' already'}`);
  if (lost !== undefined && json !== true) complain(`It counts until Postern ends: ${lost}`);
}

async function get<T>(path: string, schema: z.ZodType<T>, options: SocketOptions): Promise<T> {
  return await callRunning(path, undefined, schema, options);
}

async function post<T>(what: string, body: object, schema: z.ZodType<T>, options: SocketOptions): Promise<T> {
  return await callRunning(`/api/v1/servers/${what}`, { ...body, by: userName() }, schema, options);
}
