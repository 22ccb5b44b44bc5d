import { dirname, resolve } from 'node:path';

import { adviseNames } from './advise-names.ts';
import { advise } from './advise.ts';
import { loadTls } from '../certificates/load-tls.ts';
import { tlsSourcesOf } from '../certificates/tls-sources.ts';
import { checkListeners } from './check-listeners.ts';
import { checkPools } from './check-pools.ts';
import { checkRoutes } from './check-routes.ts';
import { checkSettings } from './check-settings.ts';
import { checkTls } from './check-tls.ts';
import { resolveMiddleware } from './check-middleware.ts';
import { compile, type ResolvedParts } from './compile.ts';
import { resolveConditions } from './compile-condition.ts';
import { ConfigFiles } from './config-files.ts';
import { placesOf } from './config-places.ts';
import type { Draft } from './config.ts';
import { defaultSocket } from './default-socket.ts';
import { explainIssues } from './explain-issue.ts';
import type { LoadEnv, LoadResult } from './load-result.ts';
import { writePlain } from './read-module.ts';
import type { Origin } from './read-result.ts';
import { readConfigFile, readSource } from './read-source.ts';
import { configSchema } from './schema.ts';
import { resolveServerTls } from './resolve-server-tls.ts';
import { salvage } from './schema-walk.ts';
import type { Problems, Source } from './source.ts';

/** Reads, checks and compiles a config file. Never throws: what is wrong is in the result. */
export async function loadConfig(file: string, env: LoadEnv): Promise<LoadResult> {
  return (await readConfig(file, env)).result;
}

/** What a config is, and what it was read from. */
export interface ReadConfig {
  readonly result: LoadResult;
  /** Undefined: it could not even be read. */
  readonly source: Source | undefined;
}

/** The same, with what it was read from. Never throws. */
export async function readConfig(file: string, env: LoadEnv): Promise<ReadConfig> {
  const read = await readConfigFile(file, env);
  return read.ok ? await readText(read.text, file, env) : { result: read, source: undefined };
}

/**
 * The same for a text, which tests have without a file.
 *
 * @internal
 * @param file its name in messages; relative paths in the config start at its folder.
 */
export async function readConfigText(text: string, file: string, env: LoadEnv): Promise<LoadResult> {
  return (await readText(text, file, env)).result;
}

/** A config that is an object. Relative paths in it start at the folder. Never throws. */
export async function loadConfigObject(value: unknown, folder: string, env: LoadEnv): Promise<LoadResult> {
  const written = writePlain(value);
  const file = 'config';
  if (written.ok) return (await readOrigin(written.text, { file, folder, env, made: true })).result;
  const { message, remedy } = written;
  return { ok: false, problems: [{ file, line: 0, column: 0, path: '', message, remedy, severity: 'error' }] };
}

/** The same, with what it was read from. @internal */
export async function readText(text: string, file: string, env: LoadEnv): Promise<ReadConfig> {
  return await readOrigin(text, { file, folder: dirname(resolve(file)), env });
}

async function readOrigin(text: string, origin: Origin): Promise<ReadConfig> {
  const { env } = origin;
  const read = await readSource(text, origin);
  if (!read.ok) return { result: read, source: undefined };
  const { source, problems } = read;
  const judged = await judge(source, problems, env, read.secretFiles);
  const result = judged.ok ? { ...judged, files: [...(read.included ?? []), ...judged.files] } : judged;
  if (!result.ok || env.hostLookup === undefined) return { result, source };
  await adviseNames(result.plan.routes, problems, env.hostLookup(result.names.servers));
  return { result: { ...result, warnings: problems.list() }, source };
}

/** Checks and compiles what has been read. @param problems found while it was read. */
export async function judge(
  source: Source,
  problems: Problems,
  env: LoadEnv,
  secretFiles: readonly string[],
): Promise<LoadResult> {
  const parsed = configSchema.safeParse(source.value, { reportInput: false });
  if (!parsed.success) explainIssues(configSchema, source.value, parsed.error.issues, problems);
  const draft: Draft = parsed.success ? parsed.data : (salvage(configSchema, source.value) ?? {});
  checkAll(draft, problems);
  const files = new ConfigFiles(source.folder, problems);
  const sources = tlsSourcesOf(draft, source, problems);
  const tls = await loadTls(sources, { files, problems, now: Date.now() });
  checkTls(draft, tls.plans, problems);
  const parts: ResolvedParts = {
    tls: tls.plans,
    middleware: resolveMiddleware(draft, files, problems),
    conditions: resolveConditions(draft, files, problems),
    serverTls: await resolveServerTls(draft, files, problems),
  };
  if (!parsed.success || problems.failed) return { ok: false, problems: problems.list() };
  const { admin, log, dns, threads, user, group, watch } = parsed.data;
  const plan = compile(parsed.data, source, env.instance, parts);
  advise({ config: parsed.data, plan, source, problems }, env.advice === true);
  return {
    ok: true,
    plan,
    warnings: problems.list(),
    admin: {
      listen: admin.listen,
      socket: admin.socket === undefined ? defaultSocket(env.environment) : resolve(source.folder, admin.socket),
    },
    log: { level: log.level },
    names: { servers: dns.servers, hostsFile: resolve(source.folder, dns.hostsFile) },
    identity: { user, group },
    threads,
    watch,
    secretFiles,
    files: files.paths,
    ...(sources.listeners.length > 0 && { tls: { sources, certificates: tls.certificates } }),
    ...(env.places === true && { places: placesOf(plan, Object.keys(parsed.data.pools), source) }),
    ...(source.shown.size > 0 && { shown: Object.fromEntries(source.shown) }),
  };
}

function checkAll(config: Draft, problems: Problems): void {
  checkListeners(config, problems);
  checkRoutes(config, problems);
  checkPools(config, problems);
  checkSettings(config, problems);
}
