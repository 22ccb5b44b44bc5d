import type { BoundListener, TracedExchange } from '../proxy/index.ts';
import type { ChangeResult } from './files/watch-files.ts';
import { hideSecrets } from './explain/hide-secrets.ts';
import type { LoadedConfig } from './config/load-result.ts';
import type { Controlled, Phase, PosternStatus, ReloadProblem, ReloadResult } from './controlled.ts';
import { Insight } from './insight.ts';
import { keepParts } from './keep-parts.ts';
import { messageOf } from './message-of.ts';
import { metricsText } from './metrics/metrics-text.ts';
import { logProblems, nextOutside } from './next-outside.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { ReloadQueue } from './reload-queue.ts';
import { reloadReport, reportText } from './reload-report.ts';
import { sameConfig } from './same-config.ts';
import type { Predecessor } from './service/predecessor.ts';
import type { UpgradeResult } from './service/succession.ts';
import type { Estate } from './service/take-over.ts';
import { allDisabled, disabledText, type DisabledPart } from './disabled-parts.ts';
import { usableConfig } from './usable-config.ts';
import { upgrade } from './service/upgrade.ts';
import type { PosternParts } from './postern-parts.ts';
import { posternStatus } from './postern-status.ts';
import type { RuntimeServers } from './servers/runtime-servers.ts';

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
  readonly insight: Insight;
  readonly servers: RuntimeServers;
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
    this.servers = parts.servers;
    this.insight = new Insight(parts, () => ({ config: this.#config, listeners: this.#listeners }));
    this.#config = config;
    parts.servers.attach({
      config: () => this.#config,
      busy: () => (this.#phase === 'running' ? undefined : this.#phase),
      run: (job) => this.#turns.run(job),
      put: (next) => this.#swap(keepParts(this.#config, next)),
    });
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
      this.#config = await this.#parts.servers.begin(this.#config);
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
    service.watch(async () => (await this.#parts.host.status({ pools: false }).catch(() => undefined)) !== undefined);
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
    return await posternStatus(this.#parts, {
      phase: this.#phase,
      startedAt: this.#startedAt,
      loadedAt: this.#loadedAt,
      lastFailure: this.#lastFailure,
      listeners: this.#listeners,
      disabled: this.#disabled,
    });
  }

  get #disabled(): readonly DisabledPart[] {
    return allDisabled(this.#config, this.#parts.names.status);
  }

  async metrics(): Promise<string> {
    const [status, rows] = [await this.status(), this.#parts.state.counted(this.#config.plan)];
    return metricsText({
      status,
      books: this.#parts.state,
      rows,
      reloads: this.#reloadCounts,
      spans: this.#parts.spans.counts,
      told: this.#parts.care.told,
      splits: this.#parts.state.splits,
    });
  }

  async traced(id: string): Promise<TracedExchange | undefined> {
    const traced = await this.#parts.host.traced(id);
    return traced && hideSecrets(traced, this.#config.secrets ?? []);
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

  /** Loads certificates, and where files are missing all that the config in force names, anew, and puts in force what is different. Never rejects. */
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
    const result = usableConfig(await load(), this.#config);
    const loaded = clock.now();
    logProblems(result.ok ? result.warnings : result.problems, log);
    if (!result.ok) return this.#fail('refused', result.problems);
    const { warnings } = result;
    const next = keepParts(this.#config, result);
    if (sameConfig(this.#config, next)) {
      this.#config = next; // Its lines may have moved.
      this.#lastFailure = undefined;
      log.info('The config is the same as before: nothing was changed');
      return { ok: true, changed: false, warnings, disabled: this.#disabled };
    }
    try {
      await this.#swap(next);
      this.#lastFailure = undefined;
      this.#loadedAt = clock.date();
    } catch (error) {
      log.error(messageOf(error));
      return this.#fail('failed', [{ message: messageOf(error) }]);
    }
    const report = await reloadReport([before, next.plan], host, { began, loaded, swapped: clock.now() });
    log.info(`The new config is in force: ${reportText(report)}`);
    const disabled = this.#disabled;
    if (disabled.length > 0) log.warn(disabledText(disabled));
    return { ok: true, changed: true, warnings, disabled, report };
  }

  /** Never rejects. */
  async #swapCertificates(): Promise<ChangeResult> {
    const { clock, log, host, certificates, renew, onConfig } = this.#parts;
    if (this.#phase !== 'running') return 'taken';
    try {
      const next = await nextOutside(this.#config, { now: clock.date(), log, renew });
      if (next === undefined) return 'taken';
      this.#listeners = await host.apply(next.config.plan);
      this.#config = next.config;
      certificates.follow(next.config.tls, next.config.lacking);
      onConfig(next.config);
      log.info(next.words);
      return 'taken';
    } catch (error) {
      log.error(`Cannot put the changed files in force: ${messageOf(error)}; another try follows`);
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
    this.#settle(next);
  }

  /** The data plane has the plan: all else follows it. */
  #settle(config: LoadedConfig): void {
    const { names, door, readEndpoint, logs, certificates, onConfig } = this.#parts;
    this.#config = config;
    names.settle(config);
    logs.follow(config.plan.accessLog);
    certificates.follow(config.tls, config.lacking);
    onConfig(config);
    door.settle();
    void readEndpoint.follow(config.admin, this);
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
    this.#parts.care.stop();
    this.#parts.servers.stop();
    await host.stop();
    await this.#parts.spans.close(); // The threads have handed over their last ones.
    await door.close();
    await readEndpoint.close();
    await service.close();
  }
}
