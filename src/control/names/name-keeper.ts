import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { NameUpdate, Plan } from '../../proxy/index.ts';
import { SystemDns } from './dns-lookup.ts';
import { HostsFile } from './hosts-file.ts';
import { NameResolver, type NameSources, type NameStatus } from './name-resolver.ts';
import { PlanNames } from './plan-names.ts';

/** The part of a config that names depend on. */
export interface NamesConfig {
  readonly plan: Plan;
  readonly names: {
    /** DNS servers as `address:port`; undefined: those of the system. */
    readonly servers: readonly string[] | undefined;
    readonly hostsFile: string;
  };
}

/** How long a new config waits for the answers of DNS before it is put in force without them, in ms. */
const waitMs = 2000;

/** Watches the names of the config in force, and during a reload those of the next one as well. */
export class NameKeeper {
  readonly #resolver: NameResolver;
  readonly #namesIn = new PlanNames();
  #sourcesOf = '';

  constructor(options: { clock: Clock; log: Logger; push: (updates: readonly NameUpdate[]) => Promise<void> }) {
    this.#resolver = new NameResolver({
      ...options,
      sources: toSources({ servers: undefined, hostsFile: '/etc/hosts' }),
    });
  }

  /** As threads have been told; best first. */
  addressesOf(name: string): readonly string[] {
    return this.#resolver.addressesOf(name);
  }

  get status(): readonly NameStatus[] {
    return this.#resolver.status;
  }

  /** Asks for the names of a config that is about to be in force, and goes on with those of the one before. Never rejects. */
  async prepare(next: NamesConfig, before?: NamesConfig): Promise<void> {
    const names = new Set([
      ...(before === undefined ? [] : this.#namesIn.of(before.plan)),
      ...this.#namesIn.of(next.plan),
    ]);
    this.#use(next);
    await this.#resolver.watch([...names], waitMs);
  }

  /** From now on only the names of this config. */
  settle(config: NamesConfig): void {
    this.#use(config);
    void this.#resolver.watch(this.#namesIn.of(config.plan), 0);
  }

  stop(): void {
    this.#resolver.stop();
  }

  #use({ names }: NamesConfig): void {
    const key = JSON.stringify(names);
    if (key === this.#sourcesOf) return;
    this.#sourcesOf = key;
    this.#resolver.sources = toSources(names);
  }
}

function toSources({ servers, hostsFile }: NamesConfig['names']): NameSources {
  return { dns: new SystemDns(servers ?? []), hosts: new HostsFile(hostsFile) };
}
