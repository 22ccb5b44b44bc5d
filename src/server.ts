import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import { ControlDoor, type DoorChoice } from './control/admin/control-door.ts';
import { CertificateKeeper } from './control/certificates/certificate-keeper.ts';
import { fetchOcsp } from './control/certificates/ocsp-fetch.ts';
import { OcspKeeper } from './control/certificates/ocsp-keeper.ts';
import { TicketKeys } from './control/certificates/ticket-keys.ts';
import { ConfigRefused } from './control/config-refused.ts';
import { formatProblem } from './control/config/config-problem.ts';
import { loadConfigInWorker } from './control/config/load-in-worker.ts';
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
import { readSystemLimits } from './control/system-limits.ts';
import type { ThreadHost } from './control/threads/thread-host.ts';
import { WorkerHost } from './control/threads/worker-host.ts';
import { systemClock } from './core/clock.ts';
import type { Logger } from './core/log.ts';
import { createDataPlane, type BoundListener } from './proxy/index.ts';
import { version } from './version.ts';

/** How to start a Postern. */
export interface PosternOptions {
  /** Path of a config file, or a function that gives a config; it is asked again by each reload. */
  readonly config: string | ((env: LoadEnv) => Promise<LoadResult>);
  /** What the config is called in messages; default: the path of its file. */
  readonly configName?: string;
  /** For `${NAME}` in the config; default: that of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Data threads; takes the place of what the config says. 0: everything in the caller's event loop. */
  readonly threads?: 0 | 1;
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
  const host = await createHost(options.threads ?? config.threads, log, options.onStuck ?? killProcess);
  const postern = new RunningPostern(
    partsOf(options, { log, load, host, predecessor, threads: config.threads, identity: config.identity }),
    config,
  );
  await postern.start();
  announce(log, postern.listeners, config);
  return postern;
}

interface Made {
  readonly log: Logger & { level?: OwnLogLevel };
  readonly load: () => Promise<LoadResult>;
  readonly host: ThreadHost;
  readonly predecessor: Predecessor | undefined;
  readonly threads: number;
  readonly identity: LoadedConfig['identity'];
}

function partsOf(options: PosternOptions, { log, load, host, predecessor, threads, identity }: Made): PosternParts {
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
    names: new NameKeeper({ clock: systemClock, log, push: (updates) => host.setNames(updates) }),
    certificates: new CertificateKeeper({ clock: systemClock, log, onCertificates: (each) => staples.follow(each) }),
    ticketKeys,
    door: new ControlDoor(log),
    doorOf: options.controlSocket ?? (() => undefined),
    logs: new LogKeeper({ clock: systemClock, log, reopen: () => host.reopenLog() }),
    // Without a command it is a part of another program, which speaks for itself.
    service: new ServiceManager({ log, environment: options.command?.environment ?? {} }),
    succession: options.command && new Succession({ command: options.command, log }),
    predecessor,
    onConfig: (config) => {
      log.level = config.log.level;
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

async function createHost(threads: number, log: Logger, onStuck: (reason: string) => void): Promise<ThreadHost> {
  if (threads === 0) return new InProcessHost(createDataPlane({ clock: systemClock, log }));
  return await WorkerHost.start({ clock: systemClock, log, onStuck: (reason) => stuck(log, reason, onStuck) });
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
