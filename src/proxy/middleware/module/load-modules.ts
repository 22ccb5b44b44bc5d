import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

import { ProxyError } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import type { FeaturePlan, RoutePlan } from '../../plan.ts';
import type { Middleware, MiddlewareDefinition } from './middleware.ts';
import { moduleName, type ModuleConfig, type ModuleFile } from './module-config.ts';
import { wordsFor } from './words-for.ts';

/** Middleware of people's own, ready to run. */
export interface LoadedMiddleware {
  readonly middleware: Middleware;
  /** No plan has it any more. Never throws. */
  readonly close: () => void;
}

/** Functions by the id that a plan has in their place. */
export type Functions = ReadonlyMap<string, Middleware>;

/** By the JSON of its config. */
export type LoadedModules = ReadonlyMap<string, LoadedMiddleware>;

export interface LoadModulesEnv {
  readonly log: Logger;
  /** Functions that the program handed over which the proxy is a part of, by their id. */
  readonly functions?: Functions | undefined;
  /** It runs already, and goes on. */
  readonly known: (plan: FeaturePlan) => boolean;
  /** Longest time for all of one module, in ms. */
  readonly withinMs?: number;
}

/** Modules of another content have another URL, as those that were imported once stay. */
const moduleMark = '?postern=';

/** True where the error passed through a module of people's own: its stack says so. */
export function isFromModule(error: unknown): boolean {
  return error instanceof Error && typeof error.stack === 'string' && error.stack.includes(moduleMark);
}

/**
 * Imports the modules that routes name, and makes their middleware, before anything of the routes is in force.
 *
 * @throws {ProxyError} `middleware-failed` in words, where one of them cannot be had; nothing is left of the others then.
 */
export async function loadModules(routes: readonly RoutePlan[], env: LoadModulesEnv): Promise<LoadedModules> {
  const loaded = new Map<string, LoadedMiddleware>();
  try {
    for (const plan of modulesOf(routes)) {
      const key = JSON.stringify(plan.config);
      if (loaded.has(key) || env.known(plan)) continue;
      // oxlint-disable-next-line no-await-in-loop, typescript/no-unsafe-type-assertion -- in the order of the config; what is of the name has this type
      loaded.set(key, await load(plan.config as ModuleConfig, env));
    }
    return loaded;
  } catch (error) {
    closeModules(loaded);
    throw error;
  }
}

function modulesOf(routes: readonly RoutePlan[]): FeaturePlan[] {
  const found: FeaturePlan[] = [];
  for (const { middleware } of routes) for (const plan of middleware) if (plan.name === 'module') found.push(plan);
  return found;
}

/** Closes them all; those that were closed before stay so. */
export function closeModules(modules: LoadedModules): void {
  for (const { close } of modules.values()) close();
}

async function load(config: ModuleConfig, env: LoadModulesEnv): Promise<LoadedMiddleware> {
  if (config.kind === 'file') return await inTime(loadFile(config, env), config, env.withinMs ?? 20_000);
  const middleware = env.functions?.get(config.id);
  if (middleware !== undefined) return { middleware, close: () => undefined };
  throw refuse(config, 'the function is not in this thread; name a module instead');
}

async function loadFile(config: ModuleFile, env: LoadModulesEnv): Promise<LoadedMiddleware> {
  const exported = await importFrom(config);
  await warnIfChanged(config, env.log);
  if (typeof exported === 'function') {
    if (config.options !== undefined) {
      throw refuse(config, 'it takes no options; export defineMiddleware({ create(options) { ... } })');
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it is, running it will show
    return { middleware: exported as Middleware, close: () => undefined };
  }
  if (!isDefinition(exported)) {
    const what =
      exported === undefined
        ? `it has no export "${config.export}"`
        : `its export "${config.export}" is a ${typeof exported}`;
    throw refuse(config, `${what}; export a function (exchange, next), or what defineMiddleware gives`);
  }
  return await create(exported, config, env);
}

async function importFrom(config: ModuleFile): Promise<unknown> {
  const url = `${pathToFileURL(config.path).href}${moduleMark}${config.digest.slice(0, 16)}`;
  try {
    const namespace: Readonly<Record<string, unknown>> = await import(url);
    return Object.hasOwn(namespace, config.export) ? namespace[config.export] : undefined;
  } catch (error) {
    throw refuse(config, `${wordsFor(error)}${placeOf(error)}; ${remedyFor(error, config.path)}`, error);
  }
}

/** A thread that takes another's place comes later, and may find another file. */
async function warnIfChanged(config: ModuleFile, log: Logger): Promise<void> {
  const bytes = await readFile(config.path).catch(() => undefined);
  if (bytes !== undefined && createHash('sha256').update(bytes).digest('hex') === config.digest) return;
  log.warn(
    `The middleware ${config.name} has changed since the config was loaded: reload, so that all threads run the same`,
  );
}

async function create(
  definition: MiddlewareDefinition,
  config: ModuleFile,
  { log }: LoadModulesEnv,
): Promise<LoadedMiddleware> {
  const end = new AbortController();
  const close = (): void => end.abort();
  try {
    const middleware: unknown = await definition.create(structuredClone(config.options ?? {}), {
      log,
      signal: end.signal,
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it is, running it will show
    if (typeof middleware === 'function') return { middleware: middleware as Middleware, close };
  } catch (error) {
    close();
    throw refuse(config, `its create() failed: ${wordsFor(error)}${placeOf(error)}`, error);
  }
  close();
  throw refuse(config, 'its create() gave no function; return async (exchange, next) => { ... }');
}

function isDefinition(exported: unknown): exported is MiddlewareDefinition {
  return (
    typeof exported === 'object' && exported !== null && 'create' in exported && typeof exported.create === 'function'
  );
}

async function inTime(
  work: Promise<LoadedMiddleware>,
  config: ModuleFile,
  withinMs: number,
): Promise<LoadedMiddleware> {
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const late = new Promise<never>((_, reject) => {
    const words = `it took longer than ${withinMs / 1000} s; do what takes long when the first request comes`;
    timer = setTimeout(() => {
      over = true;
      reject(refuse(config, words));
    }, withinMs);
  });
  work.then(
    ({ close }) => over && close(),
    () => undefined,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function refuse(config: ModuleConfig, why: string, cause?: unknown): ProxyError {
  return new ProxyError('middleware-failed', `Cannot use the middleware ${moduleName(config)}: ${why}`, { cause });
}

/** ` (mine.ts, line 3)`, where the stack names a line of the module, or begins with one, as of TypeScript that cannot be read. */
function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '').slice(0, 10_000) : '';
  const place =
    /^(?:file:\/\/)?\/(?:[^\n/]*\/)*([^\n/?]+)(?:\?postern=\w+)?:(\d+)\n/.exec(stack) ??
    /\/([^\s/?()]+)\?postern=\w+:(\d+)/.exec(stack);
  return place === null ? '' : ` (${place[1]!}, line ${place[2]!})`;
}

function remedyFor(error: unknown, path: string): string {
  return error instanceof SyntaxError
    ? `correct the program; "node --check ${path}" shows the line`
    : 'correct the program';
}
