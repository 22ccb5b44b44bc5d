import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { countedRows, type BoundListener } from '../proxy/index.ts';
import type { CertificateKeeper } from './certificates/certificate-keeper.ts';
import { nextCertificates } from './certificates/next-certificates.ts';
import type { ChangeResult } from './files/watch-files.ts';
import type { TicketKeys } from './certificates/ticket-keys.ts';
import type { ControlDoor, DoorChoice } from './admin/control-door.ts';
import type { ReadEndpoint } from './admin/read-endpoint.ts';
import { formatProblem } from './config/config-problem.ts';
import type { LoadedConfig, LoadResult } from './config/load-result.ts';
import type { Controlled, Phase, PosternStatus, ReloadProblem, ReloadResult } from './controlled.ts';
import type { LogKeeper } from './log-keeper.ts';
import { messageOf } from './message-of.ts';
import { metricsText } from './metrics/metrics-text.ts';
import type { NameKeeper } from './names/name-keeper.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { ReloadQueue } from './reload-queue.ts';
import { reloadReport, reportText } from './reload-report.ts';
import { sameConfig } from './same-config.ts';
import type { Predecessor } from './service/predecessor.ts';
import type { ServiceManager } from './service/service-manager.ts';
import type { Succession, UpgradeResult } from './service/succession.ts';
import type { Estate } from './service/take-over.ts';
import { upgrade } from './service/upgrade.ts';
import type { SharedState } from './threads/shared-state.ts';
import type { ThreadHost } from './threads/thread-host.ts';

/** What a running Postern is made of; server.ts puts it together. */
export interface PosternParts {
  readonly version: string;
  /** Where the config comes from, for people: the file, or the command line. */
  readonly from: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Reads, checks and compiles the config as it is now. Never rejects. */
  readonly load: () => Promise<LoadResult>;
  readonly host: ThreadHost;
  readonly state: SharedState;
  readonly names: NameKeeper;
  readonly ticketKeys: TicketKeys;
  readonly certificates: CertificateKeeper;
  readonly door: ControlDoor;
  readonly readEndpoint: ReadEndpoint;
  /** Where the control socket of a config is to be; undefined: there is none. */
  readonly doorOf: (config: LoadedConfig) => DoorChoice | undefined;
  readonly logs: LogKeeper;
  readonly service: ServiceManager;
  /** Undefined: the process is not Postern's own, so there is none that could take its place. */
  readonly succession: Succession | undefined;
  /** The process that this one takes the place of. */
  readonly predecessor: Predecessor | undefined;
  /** Told of each config when it is in force. */
  readonly onConfig: (config: LoadedConfig) => void;
}

/** What a stop may take beyond the grace period, in ms. */
const stopMarginMs = 10_000;

/**
 * A Postern at work: the config in force, and the way from one config to the next.
 *
 *  starting --start--> running --stop--> draining --drained, too late, or stop now--> stopped
 *                       |   ^
 *                       reload: load, open what is new, swap; a failure on the way changes nothing
 */
export class RunningPostern implements Controlled {
  readonly #parts: PosternParts;
  readonly #reloads = new ReloadQueue<ReloadResult>(() => this.#turns.run(() => this.#reload()));
  /** Reloads and new certificates: each begins with what the one before left. */
  readonly #turns = new OneAtATime();
  readonly #cut = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #startedAt: number;
  #config: LoadedConfig;
  #loadedAt: number;
  #listeners: readonly BoundListener[] = [];
  #lastFailure: PosternStatus['config']['lastFailure'];
  readonly #reloadCounts = { done: 0, unchanged: 0, failed: 0 };
  #phase: Phase = 'starting';
  #stopping: Promise<void> | undefined;
  /** A successor has the addresses. */
  #handedOver = false;

  constructor(parts: PosternParts, config: LoadedConfig) {
    this.#parts = parts;
    this.#config = config;
    this.#startedAt = parts.clock.date();
    this.#loadedAt = this.#startedAt;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get graceMs(): number {
    return this.#config.plan.graceMs;
  }

  /** Where clients connect. */
  get listeners(): readonly BoundListener[] {
    return this.#listeners;
  }

  /** Resolves when all has ended, whoever stopped it. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  /** @throws {ProxyError} where the config cannot be put in force; nothing is left running then. */
  async start(): Promise<void> {
    const { names, host, ticketKeys, predecessor, certificates, service } = this.#parts;
    try {
      if (predecessor === undefined) await this.#openDoor();
      else await host.takeOver(predecessor.sockets);
      await names.prepare(this.#config);
      await ticketKeys.start(predecessor?.secrets);
      this.#listeners = await host.apply(this.#config.plan);
      if (predecessor !== undefined) await this.#succeed(predecessor);
      this.#settle(this.#config);
    } catch (error) {
      await this.#end();
      throw error;
    }
    this.#phase = 'running';
    certificates.start(() => this.swapCertificates());
    service.ready(this.#statusLine(), predecessor !== undefined);
    // Main is alive if it can ask. A single thread that hangs is replaced: here it counts whether any answers.
    service.watch(async () => (await this.#parts.host.status().catch(() => undefined)) !== undefined);
  }

  /** The process before this one lets go, and its control socket becomes this one's. */
  async #succeed(predecessor: Predecessor): Promise<void> {
    try {
      await predecessor.retire();
    } catch (error) {
      await this.#parts.host.drain(0, { handedOver: true }); // The other one goes on, and needs the socket files.
      throw error;
    }
    try {
      await this.#openDoor();
    } catch (error) {
      // Nobody else listens any more: traffic comes first.
      this.#parts.log.error(`${messageOf(error)}. Going on without it: the commands will not find this one`);
    }
  }

  async #openDoor(): Promise<void> {
    await this.#parts.door.open(this.#parts.doorOf(this.#config), this);
  }

  #statusLine(): string {
    const where = `Listening on ${this.#listeners.map(({ address }) => address).join(', ')}`;
    return this.#lastFailure === undefined ? where : `${where} (the last reload changed nothing)`;
  }

  async status(): Promise<PosternStatus> {
    const { version, clock, from, host, names } = this.#parts;
    return {
      version,
      pid: process.pid,
      node: process.version,
      phase: this.#phase,
      startedAt: new Date(this.#startedAt).toISOString(),
      uptimeMs: Math.max(0, clock.date() - this.#startedAt),
      memoryBytes: process.memoryUsage.rss(),
      config: { from, loadedAt: new Date(this.#loadedAt).toISOString(), lastFailure: this.#lastFailure },
      threads: await host.threads(),
      listeners: this.#listeners,
      traffic: await host.status().catch(() => undefined),
      names: names.status,
      certificates: this.#parts.certificates.status,
    };
  }

  async metrics(): Promise<string> {
    const [status, rows] = [await this.status(), countedRows(this.#config.plan)];
    return metricsText({ status, books: this.#parts.state, rows, reloads: this.#reloadCounts });
  }

  reload(): Promise<ReloadResult> {
    return this.#reloads.run();
  }

  upgrade(): Promise<UpgradeResult> {
    return this.#turns.run(() => upgrade(this.#parts, this.#phase));
  }

  async estate(): Promise<Estate | undefined> {
    if (this.#phase !== 'running') return undefined;
    return { sockets: await this.#parts.host.listeningSockets(), secrets: this.#parts.ticketKeys.secrets };
  }

  retire(): boolean {
    if (this.#phase !== 'running') return false;
    const { door, service, succession, logs, log } = this.#parts;
    log.info('A successor takes the connections from now on');
    this.#handedOver = true;
    logs.stop(); // Two would rotate the same file.
    service.leave();
    door.leave();
    void this.#parts.readEndpoint.close();
    succession?.succeed();
    void this.stop();
    return true;
  }

  successorFailed(problems: readonly string[]): void {
    this.#parts.succession?.fail(problems);
  }

  /** Loads the certificates of the config in force anew, and puts them in force where they are others. Never rejects. */
  swapCertificates(): Promise<ChangeResult> {
    return this.#turns.run(() => this.#swapCertificates());
  }

  /** Opens the logs' files anew, after something renamed them. Never rejects. */
  async reopenLogs(): Promise<void> {
    try {
      await this.#parts.host.reopenLog();
      this.#parts.log.info('The access log was opened anew');
    } catch (error) {
      this.#parts.log.error(`Cannot open the access log anew: ${messageOf(error)}`);
    }
  }

  stop(options: { readonly now?: boolean } = {}): Promise<void> {
    if (options.now === true) this.#cut.resolve();
    this.#stopping ??= this.#stopInOrder();
    return this.#stopping;
  }

  /** Never rejects. */
  async #reload(): Promise<ReloadResult> {
    if (this.#phase !== 'running')
      return this.#fail('failed', [{ message: `Cannot reload: Postern is ${this.#phase}` }]);
    this.#parts.service.reloading();
    const result = await this.#load();
    this.#reloadCounts[result.ok ? (result.changed ? 'done' : 'unchanged') : 'failed'] += 1;
    if (!this.#handedOver) this.#parts.service.ready(this.#statusLine());
    return result;
  }

  /** Never rejects. */
  async #load(): Promise<ReloadResult> {
    const { load, log, host, clock } = this.#parts;
    const [began, before] = [clock.now(), this.#config.plan];
    const next = await load();
    const loaded = clock.now();
    if (!next.ok) {
      for (const problem of next.problems) log.error(formatProblem(problem));
      return this.#fail('refused', next.problems);
    }
    for (const warning of next.warnings) log.warn(formatProblem(warning));
    const { warnings } = next;
    if (sameConfig(this.#config, next)) {
      this.#lastFailure = undefined;
      log.info('The config is the same as before: nothing was changed');
      return { ok: true, changed: false, warnings };
    }
    try {
      await this.#swap(next);
    } catch (error) {
      log.error(messageOf(error));
      return this.#fail('failed', [{ message: messageOf(error) }]);
    }
    const report = await reloadReport([before, next.plan], host, { began, loaded, swapped: clock.now() });
    log.info(`The new config is in force: ${reportText(report)}`);
    return { ok: true, changed: true, warnings, report };
  }

  /** Never rejects. */
  async #swapCertificates(): Promise<ChangeResult> {
    const { clock, log, host, certificates } = this.#parts;
    if (this.#phase !== 'running') return 'taken';
    try {
      const next = await nextCertificates(this.#config, clock.date(), log);
      if (next === undefined) return 'taken';
      this.#listeners = await host.apply(next.plan);
      this.#config = next;
      certificates.follow(next.tls);
      log.info('The new certificates are in force');
      return 'taken';
    } catch (error) {
      log.error(`Cannot put the new certificates in force: ${messageOf(error)}; another try follows`);
      return 'failed';
    }
  }

  /** @throws {Error} where something new cannot be opened; all is as before then. */
  async #swap(next: LoadedConfig): Promise<void> {
    const { door, doorOf, names, host } = this.#parts;
    const before = this.#config;
    await door.open(doorOf(next), this);
    await names.prepare(next, before);
    try {
      this.#listeners = await host.apply(next.plan);
    } catch (error) {
      names.settle(before);
      await door.forget();
      throw error;
    }
    this.#lastFailure = undefined;
    this.#settle(next);
  }

  /** The data plane has the plan: all else follows it. */
  #settle(config: LoadedConfig): void {
    const { clock, names, door, readEndpoint, logs, certificates, onConfig } = this.#parts;
    this.#config = config;
    this.#loadedAt = clock.date();
    names.settle(config);
    logs.follow(config.plan.accessLog);
    certificates.follow(config.tls);
    onConfig(config);
    door.settle();
    void readEndpoint.follow(config.admin.listen, this);
  }

  #fail(why: 'refused' | 'failed', problems: readonly ReloadProblem[]): ReloadResult {
    this.#parts.log.error('The config was not changed: the one before stays in force');
    this.#lastFailure = { at: new Date(this.#parts.clock.date()).toISOString(), problems };
    return { ok: false, why, problems };
  }

  /** Never rejects. */
  async #stopInOrder(): Promise<void> {
    const { log, host, service, succession } = this.#parts;
    this.#phase = 'draining';
    if (!this.#handedOver) service.stopping(this.graceMs + stopMarginMs);
    succession?.fail(['Postern is stopping']);
    log.info(`Stopping: open requests have ${this.graceMs / 1000} s to end`);
    await Promise.race([this.#drain(), this.#cut.promise]);
    await this.#end().catch((error: unknown) => log.error(`Cannot stop in order: ${messageOf(error)}`));
    this.#phase = 'stopped';
    const replaced = host.facts.reduce((sum, thread) => sum + thread.replaced, 0);
    log.info(`Stopped${replaced > 0 ? ` (data threads were replaced ${replaced} times)` : ''}`);
    this.#stopped.resolve();
  }

  async #drain(): Promise<void> {
    await this.#reloads.idle(); // The data plane takes one call at a time.
    await this.#turns.idle();
    try {
      await this.#parts.host.drain(this.graceMs, { handedOver: this.#handedOver });
    } catch (error) {
      this.#parts.log.error(`Cannot drain: ${messageOf(error)}`);
    }
  }

  async #end(): Promise<void> {
    const { host, names, door, readEndpoint, logs, ticketKeys, certificates, service } = this.#parts;
    ticketKeys.stop();
    certificates.stop();
    logs.stop();
    names.stop();
    await host.stop();
    await door.close();
    await readEndpoint.close();
    await service.close();
  }
}
