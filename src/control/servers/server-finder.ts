import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { ServerPlan } from '../../proxy/index.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import { SystemDns } from '../names/dns-lookup.ts';
import { HostsFile } from '../names/hosts-file.ts';
import { NameResolver, type NameStatus } from '../names/name-resolver.ts';
import { SrvLookup } from '../names/srv-lookup.ts';
import { mostFound, serversAt, serversOfRecords } from './found-servers.ts';

/** How long a config waits for the first answers, in ms. */
const waitMs = 2000;

/** Another try, where servers that were found could not be used, in ms. */
const againMs = 1000;

/** What a name says now is put in force so much later, in ms: other names may have changed as well. */
const gatherMs = 50;

/** The part of a config that it depends on. */
type FinderConfig = Pick<LoadedConfig, 'plan' | 'names' | 'given'>;

type Names = Readonly<Record<'addresses' | 'srv', readonly string[]>>;

/** Keeps up to date which servers a name of the config stands for: each of its addresses, or each of its SRV records. */
export class ServerFinder {
  /** Told in words when a name stands for other servers. */
  onChange: (why: string) => void = () => {};
  readonly #addresses: NameResolver;
  readonly #records: NameResolver;
  #names: Names = { addresses: [], srv: [] };
  #sourcesOf = '';
  #timer: NodeJS.Timeout | undefined;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    const push = async (updates: readonly { readonly name: string }[]): Promise<void> => {
      this.#soon(gatherMs, `DNS: ${updates.map(({ name }) => name).join(', ')}`);
    };
    const hosts = new HostsFile('/etc/hosts');
    this.#addresses = new NameResolver({ clock, log, push, sources: { dns: new SystemDns([], mostFound), hosts } });
    this.#records = new NameResolver({ clock, log, push, sources: { dns: new SrvLookup([]), hosts: noHosts } });
  }

  /** Asks for the names of a config that may come to be in force, and goes on with those that are. Never rejects. */
  async prepare(config: FinderConfig): Promise<void> {
    const next = namesIn(config);
    const both = { addresses: join(this.#names.addresses, next.addresses), srv: join(this.#names.srv, next.srv) };
    await this.#watch(config, both, waitMs);
  }

  /** From now on only the names of this config. */
  settle(config: FinderConfig): void {
    this.#names = namesIn(config);
    void this.#watch(config, this.#names, 0);
  }

  /** The servers that one of the config stands for now; none: its name did not resolve so far. */
  found(template: ServerPlan): readonly ServerPlan[] {
    const { address, resolve } = template;
    if (address.kind !== 'tcp') return [];
    const resolver = resolve === 'srv' ? this.#records : this.#addresses;
    const known = resolver.addressesOf(address.host);
    return resolve === 'srv' ? serversOfRecords(template, known) : serversAt(template, known);
  }

  /** What is known of the names. */
  get status(): readonly NameStatus[] {
    return [...this.#addresses.status, ...this.#records.status];
  }

  /** Tells once more after a while that something has changed. */
  again(): void {
    this.#soon(againMs, 'DNS');
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#addresses.stop();
    this.#records.stop();
  }

  async #watch({ names }: FinderConfig, { addresses, srv }: Names, ms: number): Promise<void> {
    const key = JSON.stringify(names);
    if (key !== this.#sourcesOf) {
      this.#sourcesOf = key;
      const servers = names.servers ?? [];
      this.#addresses.sources = { dns: new SystemDns(servers, mostFound), hosts: new HostsFile(names.hostsFile) };
      this.#records.sources = { dns: new SrvLookup(servers), hosts: noHosts };
    }
    await Promise.all([this.#addresses.watch(addresses, ms), this.#records.watch(srv, ms)]);
  }

  #soon(ms: number, why: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.onChange(why), ms).unref();
  }
}

/** A hosts file has no SRV records. */
const noHosts = { lookup: () => undefined, refresh: async () => false };

function namesIn({ plan, given = plan.pools }: FinderConfig): Names {
  const names = { addresses: new Set<string>(), srv: new Set<string>() };
  for (const { servers } of given) {
    for (const { resolve, address } of servers) {
      if (resolve !== undefined && address.kind === 'tcp') names[resolve].add(address.host);
    }
  }
  return { addresses: [...names.addresses], srv: [...names.srv] };
}

function join(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])];
}
