import { dirname, resolve } from 'node:path';

import type { Plan } from '../../proxy/index.ts';
import { checkListeners } from './check-listeners.ts';
import { checkPools } from './check-pools.ts';
import { checkRoutes } from './check-routes.ts';
import { checkSettings } from './check-settings.ts';
import { compile } from './compile.ts';
import type { Config, LogLevel } from './config.ts';
import { quote, type ConfigProblem } from './config-problem.ts';
import { defaultSocket } from './default-socket.ts';
import { explainIssues } from './explain-issue.ts';
import { readSource } from './read-source.ts';
import { readTextFile, type ReadBytes } from './read-text-file.ts';
import { configSchema } from './schema.ts';
import { salvage, type Partly } from './schema-walk.ts';
import { Problems, type Source } from './source.ts';

/** What a config may depend on besides its own text. */
export interface LoadEnv {
  /** For `${NAME}` and the place of the control socket. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Goes into the plan as `Plan.instance`. */
  readonly instance: string;
  /** Reads the config file and those of `${file:...}`; the file system's own reading (bounded, regular files only) unless set. */
  readonly readFile?: ReadBytes | undefined;
}

/** A config that may be run. Plain data that can be posted to a thread. */
export interface LoadedConfig {
  readonly ok: true;
  readonly plan: Plan;
  readonly warnings: readonly ConfigProblem[];
  readonly admin: AdminSettings;
  readonly log: LogSettings;
  readonly names: NameSettings;
  /** Data threads; 0: everything in the caller's. */
  readonly threads: number;
  /** Absolute paths of the files that `${file:...}` put in: a change of one of them is a change of the config. */
  readonly secretFiles: readonly string[];
}

export interface RefusedConfig {
  readonly ok: false;
  /** Errors and warnings, by line. */
  readonly problems: readonly ConfigProblem[];
}

export type LoadResult = LoadedConfig | RefusedConfig;

export interface AdminSettings {
  /** Absolute path of the control socket. */
  readonly socket: string;
}

export interface LogSettings {
  readonly level: LogLevel;
}

export interface NameSettings {
  /** DNS servers as `address:port`; undefined: those of the system. */
  readonly servers: readonly string[] | undefined;
  /** Absolute path. */
  readonly hostsFile: string;
}

/** 10,000 routes take about 1 MB. */
const mostBytes = 16_000_000;

/** Reads, checks and compiles a config file. Never throws: what is wrong is in the result. */
export async function loadConfig(file: string, env: LoadEnv): Promise<LoadResult> {
  const read = await readTextFile(file, mostBytes, env.readFile);
  if (read.ok) return readConfigText(read.text, file, env);
  const { line, column } = read.offset ?? { line: 0, column: 0 };
  const message = `Cannot read the config ${quote(file)}: ${read.message}`;
  return { ok: false, problems: [{ file, line, column, path: '', message, remedy: read.remedy, severity: 'error' }] };
}

/** The same for a text. @param file its name in messages; relative paths in the config start at its folder. */
export async function readConfigText(text: string, file: string, env: LoadEnv): Promise<LoadResult> {
  const { source, problems, secretFiles } = await readSource(text, { file, folder: dirname(resolve(file)), env });
  return source ? judge(source, problems, env, secretFiles) : { ok: false, problems: problems.list() };
}

/** Checks and compiles what has been read. @param problems found while it was read. */
export function judge(source: Source, problems: Problems, env: LoadEnv, secretFiles: readonly string[]): LoadResult {
  const parsed = configSchema.safeParse(source.value, { reportInput: false });
  if (!parsed.success) explainIssues(configSchema, source.value, parsed.error.issues, problems);
  checkAll(parsed.success ? parsed.data : (salvage(configSchema, source.value) as Partly<Config>), problems);
  if (!parsed.success || problems.failed) return { ok: false, problems: problems.list() };
  const { admin, log, dns, threads } = parsed.data;
  return {
    ok: true,
    plan: compile(parsed.data, source, env.instance),
    warnings: problems.list(),
    admin: { socket: admin.socket === undefined ? defaultSocket(env.environment) : resolve(source.folder, admin.socket) },
    log: { level: log.level },
    names: { servers: dns.servers, hostsFile: resolve(source.folder, dns.hostsFile) },
    threads,
    secretFiles,
  };
}

function checkAll(config: Partly<Config>, problems: Problems): void {
  checkListeners(config, problems);
  checkRoutes(config, problems);
  checkPools(config, problems);
  checkSettings(config, problems);
}
