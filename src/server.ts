import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { isDeepStrictEqual } from 'node:util';

import { ControlDoor, type DoorChoice } from './control/admin/control-door.ts';
import { ReadEndpoint } from './control/admin/read-endpoint.ts';
import { CertificateKeeper } from './control/certificates/certificate-keeper.ts';
import { fetchOcsp } from './control/certificates/ocsp-fetch.ts';
import { OcspKeeper } from './control/certificates/ocsp-keeper.ts';
import { TicketKeys } from './control/certificates/ticket-keys.ts';
import { ConfigRefused } from './control/config-refused.ts';
import { formatProblem } from './control/config/config-problem.ts';
import { loadConfigInWorker } from './control/config/load-in-worker.ts';
import { ConfigWatch } from './control/files/config-watch.ts';
import type { LoadedConfig, LoadEnv, LoadResult } from './control/config/load-result.ts';
import { FdSink } from './control/log/fd-sink.ts';
import { OwnLog, type OwnLogLevel } from './control/log/own-log.ts';
import { fitToSystem } from './control/fit-to-system.ts';
import { LogKeeper } from './control/log-keeper.ts';
import { NameKeeper } from './control/names/name-keeper.ts';
import { RunningPostern, type PosternParts } from './control/running-postern.ts';
import type { Predecessor } from './control/service/predecessor.ts';
import { ServiceManager } from './control/service/service-manager.ts';
import { Succession, type OwnCommand } from './control/service/succession.ts';
import { InProcessHost } from './control/threads/in-process-host.ts';
import { mostClients, readSystemLimits } from './control/system-limits.ts';
import type { ThreadHost } from './control/threads/thread-host.ts';
import { SharedState } from './control/threads/shared-state.ts';
import { ThreadGroup } from './control/threads/thread-group.ts';
import { WorkerHost, type WorkerHostOptions } from './control/threads/worker-host.ts';
import { systemClock } from './core/clock.ts';
import type { Logger } from './core/log.ts';
import { createDataPlane, type BoundListener, type DataPlane, type SharedPlace } from './proxy/index.ts';
import { version } from './version.ts';

/** Main is asked to hold so many together, and a machine has hardly more processors. */
const mostThreads = 64;

/** How to start a Postern. */
export interface PosternOptions {
  /** Path of a config file, or a function that gives a config; it is asked again by each reload. */
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
  const load = loaderOf(options);
  const config = await load();
  if (!config.ok) throw new ConfigRefused(config.problems);
  for (const warning of config.warnings) log.warn(formatProblem(warning));
  log.level = config.log.level;
  const predecessor = await options.predecessor?.(config);
  const threads = options.threads ?? config.threads;
  const state = new SharedState(Math.max(1, countOf(threads)), mostClients(await readSystemLimits()));
  const host = await createHost({ threads, log, state, onStuck: options.onStuck ?? killProcess });
  const watch = watchFor(options, async () => await postern.reload());
  const postern: RunningPostern = new RunningPostern(
    partsOf(options, {
      log,
      load,
      host,
      state,
      predecessor,
      watch,
      threads: config.threads,
      identity: config.identity,
    }),
    config,
  );
  void postern.stopped.then(() => watch?.stop());
  await postern.start();
  announce(log, postern.listeners, config);
  return postern;
}

/** A config that is no file has nothing to be watched. */
function watchFor({ config }: PosternOptions, reload: () => Promise<unknown>): ConfigWatch | undefined {
  return typeof config === 'string' ? new ConfigWatch({ file: config, clock: systemClock, reload }) : undefined;
}

interface Made {
  readonly log: Logger & { level?: OwnLogLevel };
  readonly load: () => Promise<LoadResult>;
  readonly host: ThreadHost;
  readonly state: SharedState;
  readonly predecessor: Predecessor | undefined;
  readonly watch: ConfigWatch | undefined;
  readonly threads: number | 'auto';
  readonly identity: LoadedConfig['identity'];
}

function partsOf(
  options: PosternOptions,
  { log, load, host, state, predecessor, watch, threads, identity }: Made,
): PosternParts {
  const ticketKeys = new TicketKeys({ log, push: (secrets) => host.setTlsSecrets(secrets) });
  const push: TicketKeys['setStaples'] = (staples) => ticketKeys.setStaples(staples);
  const staples = new OcspKeeper({ clock: systemClock, log, fetch: fetchOcsp, push });
  return {
    version,
    from: options.configName ?? (typeof options.config === 'string' ? options.config : 'a function'),
    clock: systemClock,
    log,
    load,
    host,
    state,
    names: new NameKeeper({ clock: systemClock, log, push: (updates) => host.setNames(updates) }),
    certificates: new CertificateKeeper({ clock: systemClock, log, onCertificates: (each) => staples.follow(each) }),
    ticketKeys,
    door: new ControlDoor(log),
    readEndpoint: new ReadEndpoint(log),
    doorOf: options.controlSocket ?? (() => undefined),
    logs: new LogKeeper({ clock: systemClock, log, reopen: () => host.reopenLog() }),
    // Without a command it is a part of another program, which speaks for itself.
    service: new ServiceManager({ log, environment: options.command?.environment ?? {} }),
    succession: options.command && new Succession({ command: options.command, log }),
    predecessor,
    onConfig: (config) => {
      log.level = config.log.level;
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

function loaderOf(options: PosternOptions): () => Promise<LoadResult> {
  const env: LoadEnv = {
    environment: options.environment ?? process.env,
    // The same for the whole life of the process: a request that comes back is known by it after a reload, too.
    instance: randomBytes(9).toString('base64url'),
  };
  const { config } = options;
  const load = typeof config === 'string' ? () => loadConfigInWorker(config, env) : () => config(env);
  const name = options.configName ?? (typeof config === 'string' ? config : 'config');
  return async () => fitToSystem(await load(), await readSystemLimits(), name);
}

interface HostParts {
  readonly threads: number | 'auto';
  readonly log: Logger;
  readonly state: SharedState;
  readonly onStuck: (reason: string) => void;
}

async function createHost({ threads, log, state, onStuck }: HostParts): Promise<ThreadHost> {
  const create = (shared: SharedPlace): DataPlane => createDataPlane({ clock: systemClock, log, shared });
  const count = countOf(threads);
  if (count === 0) return new InProcessHost(create, state);
  const told = (reason: string): void => stuck(log, reason, onStuck);
  const options = { clock: systemClock, log, state, threads: count, onStuck: told };
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
