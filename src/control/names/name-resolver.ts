import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { NameUpdate } from '../../proxy/index.ts';
import { messageOf } from '../message-of.ts';
import type { DnsLookup } from './dns-lookup.ts';
import type { HostsFile } from './hosts-file.ts';
import { NameEntry, type NameSource, type NameTimes } from './name-entry.ts';

/** Where addresses are looked for. */
export interface NameSources {
  readonly dns: DnsLookup;
  readonly hosts: Pick<HostsFile, 'lookup' | 'refresh'>;
}

export interface NameResolverOptions {
  readonly sources: NameSources;
  readonly clock: Clock;
  readonly log: Logger;
  /** Takes the new addresses. Called for one batch after the other; where it rejects, the batch comes again. */
  readonly push: (updates: readonly NameUpdate[]) => Promise<void>;
  readonly times?: NameTimes;
  readonly looks?: LookTimes;
}

/** What `postern status` shows of one name. */
export interface NameStatus {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly source: NameSource;
  readonly failure: string | undefined;
}

const defaultTimes: NameTimes = { minTtlMs: 1000, maxTtlMs: 300_000, minRetryMs: 1000, maxRetryMs: 30_000 };

/** Questions that wait for an answer at once. */
const maxAsking = 8;

/** How often it is looked whether a name is due, and whether the hosts file changed, in ms. */
interface LookTimes {
  readonly dueMs: number;
  readonly hostsMs: number;
}

const defaultLooks: LookTimes = { dueMs: 250, hostsMs: 2000 };

/** RFC 6761 section 6.3: never asked for anywhere, and never anything else. */
const loopback: readonly string[] = ['127.0.0.1', '::1'];

/**
 * Keeps the addresses of names up to date: the hosts file first, then DNS, asked again when an answer's time to live
 * ends. What changed goes to `push`. With no names to watch there is no timer.
 */
export class NameResolver {
  readonly #options: NameResolverOptions;
  readonly #changed = new Map<string, NameUpdate>();
  #entries = new Map<string, NameEntry>();
  readonly #asking = new Set<NameEntry>();
  #sources: NameSources;
  #timer: NodeJS.Timeout | undefined;
  #hostsAt = -Infinity;
  #hostsFailure = '';
  #pushing = false;
  #settled: (() => void) | undefined;

  constructor(options: NameResolverOptions) {
    this.#options = options;
    this.#sources = options.sources;
  }

  /** Looks elsewhere from the next `watch` on; what is known stays. */
  set sources(sources: NameSources) {
    this.#sources = sources;
  }

  /**
   * From now on these names are watched and no others. Names that were watched before keep what is known of them.
   * Resolves when each of them has been answered, well or not, or after `waitMs`. Never rejects.
   */
  async watch(names: readonly string[], waitMs: number): Promise<void> {
    const { times } = this.#options;
    this.#entries = new Map(
      names.map((name) => [name, this.#entries.get(name) ?? new NameEntry(name, times ?? defaultTimes)]),
    );
    clearInterval(this.#timer);
    if (names.length === 0) return;
    this.#timer = setInterval(() => void this.#tick(), (this.#options.looks ?? defaultLooks).dueMs).unref();
    await this.#refreshHosts(true);
    this.#ask();
    await this.#allSettled(waitMs);
  }

  /** Best first; empty: it never resolved, or is not watched. */
  addressesOf(name: string): readonly string[] {
    return this.#entries.get(name)?.addresses ?? [];
  }

  get status(): readonly NameStatus[] {
    return [...this.#entries.values()].map(({ name, addresses, source, failure }) => ({
      name,
      addresses,
      source,
      failure,
    }));
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#entries.clear();
    this.#changed.clear();
    this.#settled?.();
  }

  async #tick(): Promise<void> {
    await this.#refreshHosts(false);
    this.#ask();
    void this.#push();
  }

  async #refreshHosts(first: boolean): Promise<void> {
    const { clock, log, looks } = this.#options;
    const now = clock.now();
    if (!first && now - this.#hostsAt < (looks ?? defaultLooks).hostsMs) return;
    this.#hostsAt = now;
    try {
      const changed = await this.#sources.hosts.refresh();
      this.#hostsFailure = '';
      if (changed || first) for (const entry of this.#entries.values()) this.#consultHosts(entry);
    } catch (error) {
      const reason = messageOf(error);
      if (reason !== this.#hostsFailure) log.warn(reason);
      this.#hostsFailure = reason;
      if (first) for (const entry of this.#entries.values()) this.#consultHosts(entry);
    }
  }

  #consultHosts(entry: NameEntry): void {
    const name = entry.name.toLowerCase().replace(/\.$/, '');
    if (name === 'localhost' || name.endsWith('.localhost')) {
      if (entry.fix('localhost', loopback)) this.#note(entry);
      return;
    }
    const addresses = this.#sources.hosts.lookup(name);
    if (addresses === undefined) entry.release(this.#options.clock.now());
    else if (entry.fix('hosts', addresses)) this.#note(entry);
  }

  #ask(): void {
    const now = this.#options.clock.now();
    for (const entry of this.#entries.values()) {
      if (this.#asking.size >= maxAsking) return;
      if (entry.dueAt <= now && !this.#asking.has(entry)) void this.#askFor(entry);
    }
    this.#tellSettled();
  }

  /** Never rejects. */
  async #askFor(entry: NameEntry): Promise<void> {
    const { clock, log } = this.#options;
    this.#asking.add(entry);
    try {
      const answer = await this.#sources.dns.lookup(entry.name);
      if (!this.#wants(entry)) return;
      if (entry.failure !== undefined) log.info(`${entry.name} resolves again`);
      if (entry.answer(answer, clock.now())) this.#note(entry);
    } catch (error) {
      if (this.#wants(entry)) this.#failed(entry, messageOf(error));
    } finally {
      this.#asking.delete(entry);
      this.#ask();
    }
  }

  /** False: the name is no longer watched, or the hosts file knows it meanwhile. */
  #wants(entry: NameEntry): boolean {
    return this.#entries.get(entry.name) === entry && entry.source === 'dns';
  }

  #failed(entry: NameEntry, reason: string): void {
    const { clock, log } = this.#options;
    if (!entry.fail(reason, clock.now())) return;
    const known = entry.addresses.join(', ');
    if (known === '') log.warn(`${reason}; requests to it fail until it resolves`, { name: entry.name });
    else log.warn(`${reason}; its last known addresses stay in use: ${known}`, { name: entry.name });
    if (known === '') this.#note(entry);
  }

  #note(entry: NameEntry): void {
    this.#changed.set(entry.name, { name: entry.name, addresses: entry.addresses });
    this.#options.log.debug(`${entry.name} has the addresses ${entry.addresses.join(', ') || '(none)'}`);
    void this.#push();
  }

  /** Never rejects. Changes that come meanwhile wait for the next batch, the last one of a name wins. */
  async #push(): Promise<void> {
    if (this.#pushing || this.#changed.size === 0) return;
    this.#pushing = true;
    await Promise.resolve(); // What changes in the same turn goes in the same batch.
    const batch = [...this.#changed.values()];
    this.#changed.clear();
    try {
      await this.#options.push(batch);
    } catch (error) {
      this.#options.log.debug(`Cannot pass on new addresses yet: ${messageOf(error)}`);
      for (const update of batch) if (!this.#changed.has(update.name)) this.#changed.set(update.name, update);
    } finally {
      this.#pushing = false;
    }
    this.#tellSettled();
  }

  async #allSettled(waitMs: number): Promise<void> {
    this.#settled?.();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#settled = resolve;
    const late = setTimeout(resolve, waitMs);
    this.#tellSettled();
    await promise;
    clearTimeout(late);
  }

  /** Answers count when they have been passed on. */
  #tellSettled(): void {
    if (this.#pushing || this.#changed.size > 0) return;
    for (const entry of this.#entries.values()) if (!entry.settled) return;
    this.#settled?.();
  }
}
