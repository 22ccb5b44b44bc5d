import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { ControlDoor, type DoorChoice } from './control/admin/control-door.ts';
import { ReadEndpoint } from './control/admin/read-endpoint.ts';
import { CertificateKeeper } from './control/certificates/certificate-keeper.ts';
import { fetchOcsp } from './control/certificates/ocsp-fetch.ts';
import { OcspKeeper } from './control/certificates/ocsp-keeper.ts';
import { TicketKeys } from './control/certificates/ticket-keys.ts';
import { ConfigRefused } from './control/config-refused.ts';
import { describeInWorker } from './control/config/describe-in-worker.ts';
import { loadConfigInWorker } from './control/config/load-in-worker.ts';
import { ConfigWatch } from './control/files/config-watch.ts';
import type { LoadedConfig, LoadEnv, LoadResult } from './control/config/load-result.ts';
import { FdSink } from './control/log/fd-sink.ts';
import { OwnLog, type OwnLogLevel } from './control/log/own-log.ts';
import { disabledText } from './control/disabled-parts.ts';
import { fitToSystem } from './control/fit-to-system.ts';
import { LogKeeper } from './control/log-keeper.ts';
import { logProblems } from './control/next-outside.ts';
import { NameKeeper } from './control/names/name-keeper.ts';
import type { PosternParts } from './control/postern-parts.ts';
import { RunningPostern } from './control/running-postern.ts';
import type { Predecessor } from './control/service/predecessor.ts';
import { ServiceManager } from './control/service/service-manager.ts';
import { Succession, type OwnCommand } from './control/service/succession.ts';
import { InProcessHost } from './control/threads/in-process-host.ts';
import { mostClients, readSystemLimits } from './control/system-limits.ts';
import { RuntimeServers } from './control/servers/runtime-servers.ts';
import { ServerCare } from './control/servers/server-care.ts';
import { ServerFinder } from './control/servers/server-finder.ts';
import { KeptSecret } from './control/servers/kept-secret.ts';
import { stateFile } from './control/servers/state-file.ts';
import { StateKeeper } from './control/servers/state-keeper.ts';
import { SpanKeeper } from './control/tracing/span-keeper.ts';
import type { ThreadHost } from './control/threads/thread-host.ts';
import { PlanPacker } from './control/threads/plan-pack.ts';
import { SharedState } from './control/threads/shared-state.ts';
import { ThreadGroup } from './control/threads/thread-group.ts';
import { WorkerHost, type WorkerHostOptions } from './control/threads/worker-host.ts';
import { systemClock } from './core/clock.ts';
import type { Logger } from './core/log.ts';
import {
  createDataPlane,
  type BoundListener,
  type DataEvent,
  type DataPlane,
  type Functions,
  type SharedPlace,
  type TellEvent,
} from './proxy/index.ts';
import { usableConfig, wouldClose } from './control/usable-config.ts';
import { version } from './version.ts';

/** Main is asked to hold so many together, and a machine has hardly more processors. */
const mostThreads = 64;

/** What a config is called that came as a text. */
const givenName = 'the given config';

/** How to start a Postern. */
export interface PosternOptions {
  /** Path of a config file, or a function that gives a config; it is asked again by each reload, and with `kept` for the one in force. */
  readonly config: string | ((env: LoadEnv) => Promise<LoadResult>);
  /** What the config is called in messages; default: the path of its file. */
  readonly configName?: string;
  /** For `${NAME}` in the config; default: that of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Data threads, at most 64; takes the place of what the config says. `auto`: one a processor. 0: everything in the caller's event loop. */
  readonly threads?: number | 'auto';
  /** Where the control socket is, for a config; default: there is none. */
  readonly controlSocket?: (config: LoadedConfig) => DoorChoice | undefined;
  /** How the process was started, so that "postern upgrade" can start its successor; undefined: it cannot. */
  readonly command?: OwnCommand;
  /** Looks for the process whose place this one takes, when the config is known; default: there is none. May throw. */
  readonly predecessor?: (config: LoadedConfig) => Promise<Predecessor | undefined>;
  /** Takes the messages; default: stderr, as JSON. One with a `level` gets that of the config. */
  readonly log?: Logger & { level?: OwnLogLevel };
  /** Middleware that stands in the config by its id: for `threads: 0` alone. */
  readonly functions?: Functions;
  /** A data thread cannot be ended, so the process has to be; default: it kills itself. */
  readonly onStuck?: (reason: string) => void;
}

/**
 * Starts a Postern and resolves once it takes connections.
 *
 * @throws {ConfigRefused} with every mistake in the config.
 * @throws {ProxyError} `listen-failed` where an address or the control socket cannot be opened. Nothing is left running.
 */
export async function startPostern(options: PosternOptions): Promise<RunningPostern> {
  const log = options.log ?? new OwnLog({ sink: new FdSink(2), format: 'json', colour: false, level: 'info' });
  const loaders = loadersOf(options);
  const { load } = loaders;
  const config = usableConfig(await load());
  if (!config.ok) throw new ConfigRefused(config.problems);
  logProblems(config.warnings, log);
  log.level = config.log.level;
  const predecessor = await options.predecessor?.(config);
  if (predecessor && wouldClose(config, predecessor.sockets)) throw new ConfigRefused(config.warnings);
  const threads = options.threads ?? config.threads;
  const secret = await KeptSecret.open(folderOf(stateFileFor(options)(config)), log);
  const clients = mostClients(await readSystemLimits());
  const state = new SharedState(Math.max(1, countOf(threads)), clients, secret.text);
  const spans = new SpanKeeper({ version, clock: systemClock, log });
  const { functions, onStuck = killProcess } = options;
  // Threads have nothing to say before they have a plan.
  const onEvent = (event: DataEvent): void => parts.care.take(event);
  const host = await createHost({ threads, log, state, spans, functions, onStuck, onEvent });
  const watch = watchFor(options, async () => await postern.reload());
  const parts: PosternParts = partsOf(options, {
    log,
    loaders,
    host,
    state,
    secret,
    spans,
    predecessor,
    watch,
    threads: config.threads,
    identity: config.identity,
  });
  const postern: RunningPostern = new RunningPostern(parts, config);
  void postern.stopped.then(() => watch?.stop());
  await postern.start();
  announce(log, postern.listeners, config);
  const { disabled } = await postern.status();
  if (disabled.length > 0) log.warn(disabledText(disabled));
  return postern;
}

/** A config that is no file has nothing to be watched. */
function watchFor({ config }: PosternOptions, reload: () => Promise<unknown>): ConfigWatch | undefined {
  return typeof config === 'string' ? new ConfigWatch({ file: config, clock: systemClock, reload }) : undefined;
}

interface Made {
  readonly log: Logger & { level?: OwnLogLevel };
  readonly loaders: Loaders;
  readonly host: ThreadHost;
  readonly state: SharedState;
  readonly secret: KeptSecret;
  readonly spans: SpanKeeper;
  readonly predecessor: Predecessor | undefined;
  readonly watch: ConfigWatch | undefined;
  readonly threads: number | 'auto';
  readonly identity: LoadedConfig['identity'];
}

function partsOf(
  options: PosternOptions,
  { log, loaders, host, state, secret, spans, predecessor, watch, threads, identity }: Made,
): PosternParts {
  const ticketKeys = new TicketKeys({ log, push: (secrets) => host.setTlsSecrets(secrets) });
  const push: TicketKeys['setStaples'] = (staples) => ticketKeys.setStaples(staples);
  const names = new NameKeeper({ clock: systemClock, log, push: (updates) => host.setNames(updates) });
  const addressesOf = (name: string): readonly string[] => names.addressesOf(name);
  const boards = { board: state.servers, splits: state.splits, clock: systemClock, log };
  const care = new ServerCare({ ...boards, version, addressesOf });
  const servers = new RuntimeServers({
    ...boards,
    keeper: new StateKeeper(log, stateFileFor(options)),
    finder: new ServerFinder({ clock: systemClock, log }),
    cut: ({ pool, server }) => host.cut(pool, server),
    note: (event, name, why) => care.note(event, name, why),
  });
  const staples = new OcspKeeper({ clock: systemClock, log, fetch: fetchOcsp, push });
  return {
    version,
    from: options.configName ?? (typeof options.config === 'string' ? options.config : 'a function'),
    clock: systemClock,
    log,
    ...withServers(loaders, servers),
    host,
    state,
    spans,
    names,
    care,
    servers,
    certificates: new CertificateKeeper({ clock: systemClock, log, onCertificates: (each) => staples.follow(each) }),
    ticketKeys,
    door: new ControlDoor(log),
    readEndpoint: new ReadEndpoint(log, systemClock),
    doorOf: options.controlSocket ?? (() => undefined),
    logs: new LogKeeper({ clock: systemClock, log, reopen: () => host.reopenLog() }),
    // Without a command it is a part of another program, which speaks for itself.
    service: new ServiceManager({ log, environment: options.command?.environment ?? {} }),
    succession: options.command && new Succession({ command: options.command, log }),
    predecessor,
    onConfig: (config) => {
      state.keep(config.plan);
      log.level = config.log.level;
      care.follow(config);
      servers.follow(config);
      void spans.follow(config.plan);
      void secret.follow(config.plan);
      watch?.follow(config);
      if (options.threads === undefined && config.threads !== threads) {
        log.warn(`Going on with threads: ${threads}; the new number counts after a restart`);
      }
      if (!isDeepStrictEqual(config.identity, identity)) {
        log.warn('Going on as the same user; the new "user" and "group" count after a restart');
      }
    },
  };
}

/** Where a config keeps what is said of servers at run time. One that is no file has no place of its own for it. */
function stateFileFor({
  config,
  controlSocket,
  environment,
}: PosternOptions): (config: LoadedConfig) => string | undefined {
  if (typeof config !== 'string') return () => undefined;
  return (loaded) => stateFile(loaded.state, controlSocket?.(loaded)?.path, environment ?? process.env);
}

function folderOf(file: string | undefined): string | undefined {
  return file === undefined ? undefined : dirname(file);
}

/** The same loaders, with what stands beside each config. */
function withServers({ load, renew, loadOther, describe }: Loaders, servers: RuntimeServers): Loaders {
  const over = async (result: LoadResult): Promise<LoadResult> => (result.ok ? await servers.over(result) : result);
  return {
    load: async () => await over(await load()),
    renew: async (config) => {
      const renewed = await renew(config);
      return renewed && (await over(renewed));
    },
    // What would be is looked at with what DNS said so far.
    loadOther: async (other) => {
      const loaded = await loadOther(other);
      return loaded.ok ? servers.shown(loaded) : loaded;
    },
    describe,
  };
}

type Loaders = Pick<PosternParts, 'load' | 'renew' | 'loadOther' | 'describe'>;

function loadersOf(options: PosternOptions): Loaders {
  const env: LoadEnv = {
    environment: options.environment ?? process.env,
    // The same for the whole life of the process: a request that comes back is known by it after a reload, too.
    instance: randomBytes(9).toString('base64url'),
  };
  const { config } = options;
  const load = typeof config === 'string' ? () => loadConfigInWorker(config, env) : () => config(env);
  const name = options.configName ?? (typeof config === 'string' ? config : 'config');
  const fit = async (loaded: LoadResult, from = name): Promise<LoadResult> =>
    fitToSystem(loaded, await readSystemLimits(), from);
  return {
    load: async () => await fit(await load()),
    renew: async ({ texts: kept }) => {
      if (kept === undefined) return undefined;
      const own = { ...env, kept };
      return await fit(await (typeof config === 'string' ? loadConfigInWorker(config, own) : config(own)));
    },
    loadOther: async (other) => {
      if ('path' in other) return await fit(await loadConfigInWorker(other.path, env), other.path);
      return await fit(await loadConfigInWorker(givenName, env, {}, other), givenName);
    },
    describe: (texts, whole) => describeInWorker({ texts, environment: env.environment, whole }),
  };
}

interface HostParts {
  readonly threads: number | 'auto';
  readonly log: Logger;
  readonly state: SharedState;
  readonly spans: SpanKeeper;
  readonly functions: Functions | undefined;
  readonly onStuck: (reason: string) => void;
  readonly onEvent: TellEvent;
}

async function createHost({
  threads,
  log,
  state,
  spans,
  functions,
  onStuck,
  onEvent: tell,
}: HostParts): Promise<ThreadHost> {
  // In a turn of its own: what is told must not be changed under the feet of who tells.
  const later = (event: DataEvent): void => void setImmediate(() => tell(event));
  const create = (shared: SharedPlace): DataPlane =>
    createDataPlane({
      clock: systemClock,
      log,
      shared,
      tell: later,
      spans: spans.take,
      ...(functions && { functions }),
    });
  const count = countOf(threads);
  if (count === 0) return new InProcessHost(create, state);
  const told = (reason: string): void => stuck(log, reason, onStuck);
  const packer = new PlanPacker();
  const common = { clock: systemClock, log, state, packer, threads: count };
  const options = { ...common, onEvent: tell, onSpans: spans.take, onStuck: told };
  const hosts = await startAll(Array.from({ length: count }, (_, index) => ({ ...options, index })));
  return hosts.length === 1 ? hosts[0]! : new ThreadGroup(hosts, log);
}

/** All of them, or none is left running. */
async function startAll(each: readonly WorkerHostOptions[]): Promise<readonly WorkerHost[]> {
  const results = await Promise.allSettled(each.map((options) => WorkerHost.start(options)));
  const failed = results.find((result) => result.status === 'rejected');
  const hosts = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (failed === undefined) return hosts;
  await Promise.all(hosts.map((host) => host.stop()));
  throw failed.reason;
}

function countOf(threads: number | 'auto'): number {
  return threads === 'auto' ? Math.min(availableParallelism(), mostThreads) : Math.min(threads, mostThreads);
}

function stuck(log: Logger, reason: string, onStuck: (reason: string) => void): void {
  log.error(`${reason}, and holds its listeners; the process ends, so that it can be started anew`);
  onStuck(reason);
}

/** `process.exit` would wait for the thread, which is what cannot be waited for. */
function killProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}

function announce(log: Logger, listeners: readonly BoundListener[], { plan }: LoadedConfig): void {
  for (const { name, address } of listeners) {
    const scheme = plan.listeners.some((each) => each.name === name && each.tls !== undefined) ? 'https' : 'http';
    log.info(`Listening on ${address.startsWith('unix:') ? address : `${scheme}://${address}`}`, { listener: name });
  }
  if (plan.accessLog === undefined) return log.info('No access log is written');
  const { format, to } = plan.accessLog;
  log.info(`The access log goes to ${to.kind === 'file' ? to.path : 'standard output'}`, { format });
}
