import { dirname, resolve } from 'node:path';

import { adviseNames } from './advise-names.ts';
import { advise } from './advise.ts';
import { loadTls } from '../certificates/load-tls.ts';
import { HostsFile } from '../names/hosts-file.ts';
import { tlsPlans, wholeTls } from '../certificates/tls-parts.ts';
import { loadedTls, tlsSourcesOf } from '../certificates/tls-sources.ts';
import { checkCookies } from './check-cookies.ts';
import { checkHealth } from './check-health.ts';
import { checkListeners } from './check-listeners.ts';
import { checkPools } from './check-pools.ts';
import { checkProtocols } from './check-protocols.ts';
import { checkRoutes } from './check-routes.ts';
import { checkServerNames } from './check-server-names.ts';
import { checkSettings } from './check-settings.ts';
import { checkTls } from './check-tls.ts';
import { resolveMiddleware } from './check-middleware.ts';
import { compile, type ResolvedParts } from './compile.ts';
import { resolveConditions } from './compile-condition.ts';
import { ConfigFiles } from './config-files.ts';
import { placesOf } from './config-places.ts';
import type { Config, Draft } from './config.ts';
import { defaultSocket } from './default-socket.ts';
import { disabledRoutes } from './disabled-routes.ts';
import { explainIssues } from './explain-issue.ts';
import { fingerprintsOf } from './fingerprints.ts';
import type { ConfigTexts } from './config-texts.ts';
import type { LoadEnv, LoadedConfig, LoadResult } from './load-result.ts';
import { writePlain } from './read-module.ts';
import type { Origin } from './read-result.ts';
import { resolveAdmin } from './resolve-admin.ts';
import { readConfigFile, readSource } from './read-source.ts';
import { configSchema } from './schema.ts';
import { resolveServerTls } from './resolve-server-tls.ts';
import { salvage } from './schema-walk.ts';
import { shareEqual } from './share-equal.ts';
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

/** A config that is a text. @param file its name in messages. Never throws. */
export async function loadGiven(
  file: string,
  { text, folder, alone }: { readonly text: string; readonly folder: string; readonly alone?: boolean },
  env: LoadEnv,
): Promise<LoadResult> {
  return (await readOrigin(text, { file, folder, env: { ...env, alone } })).result;
}

/**
 * A config that was loaded before, as its texts were then, with all that they name as it is now. Never throws.
 * @param texts what it was read from.
 */
export async function loadKept(texts: ConfigTexts, env: LoadEnv): Promise<LoadResult> {
  const { file, folder, made } = texts;
  return (await readOrigin(texts.texts[file] ?? '', { file, folder, env: { ...env, kept: texts }, made })).result;
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
  const { secrets, texts, included = [] } = read;
  const kept = { file: origin.file, folder: origin.folder, texts, included, made: origin.made === true };
  const result = judged.ok ? { ...judged, files: [...included, ...judged.files], secrets, texts: kept } : judged;
  if (!result.ok || env.hostLookup === undefined) return { result, source };
  const { servers, hostsFile } = result.names;
  await adviseNames(result.plan.routes, problems, env.hostLookup(servers));
  const places = { hosts: new HostsFile(hostsFile), lookup: env.hostLookup(servers) };
  await checkServerNames(result.plan, problems, places);
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
  checkHealth(draft, source.folder, problems);
  const files = new ConfigFiles(source.folder, problems);
  const sources = tlsSourcesOf(draft, source, problems);
  const tls = await loadTls(sources, { files, problems, now: Date.now() });
  checkTls(draft, wholeTls(tls), problems);
  const [middleware, conditions] = [
    resolveMiddleware(draft, files, problems, env.functions),
    resolveConditions(draft, files, problems),
  ];
  const serverTls = await resolveServerTls(draft, files, problems);
  const adminParts = resolveAdmin(draft, files, problems);
  if (!parsed.success || problems.failed) return { ok: false, problems: problems.list() };
  const { admin, log, dns, threads, user, group, watch } = parsed.data;
  const disabled = disabledRoutes(parsed.data, problems.lacks);
  const parts: ResolvedParts = { tls: tlsPlans(tls), middleware, conditions, serverTls, disabled };
  const { closed, ...compiled } = compile(parsed.data, source, env.instance, parts);
  const plan = shareEqual(compiled.plan);
  advise({ config: parsed.data, plan, source, problems }, env.advice === true);
  return {
    ok: true,
    plan,
    warnings: problems.list(),
    admin: { ...adminParts, listen: admin.listen, socket: socketOf(admin.socket, source, env) },
    log: { level: log.level },
    names: { servers: dns.servers, hostsFile: resolve(source.folder, dns.hostsFile) },
    identity: { user, group },
    threads,
    watch,
    secretFiles,
    files: files.paths,
    ...(sources.listeners.length > 0 && { tls: loadedTls(sources, tls) }),
    ...(closed.length > 0 && { closed }),
    ...(problems.lacks.length > 0 && { lacking: files.places }),
    prints: fingerprintsOf(plan),
    ...(env.places === true && { places: placesOf(plan, Object.keys(parsed.data.pools), source) }),
    ...settingsOf(parsed.data, source),
  };
}

/** What main alone wants to know, where the config says something of it. */
function settingsOf({ state, events }: Config, { folder, shown }: Source): Partial<LoadedConfig> {
  return {
    ...(state !== undefined && { state: resolve(folder, state) }),
    ...(events.webhook && { events }),
    ...(shown.size > 0 && { shown: Object.fromEntries(shown) }),
  };
}

function socketOf(given: string | undefined, { folder }: Source, { environment }: LoadEnv): string {
  return given === undefined ? defaultSocket(environment) : resolve(folder, given);
}

function checkAll(config: Draft, problems: Problems): void {
  checkListeners(config, problems);
  checkRoutes(config, problems);
  checkPools(config, problems);
  checkProtocols(config, problems);
  checkCookies(config, problems);
  checkSettings(config, problems);
}
