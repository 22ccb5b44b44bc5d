import { promises as dns } from 'node:dns';
import { networkInterfaces } from 'node:os';

import { normaliseAddress } from '../../core/ip.ts';
import { codeOf } from '../code-of.ts';

/** What DNS says of one name. */
export type HostAnswer =
  | { readonly kind: 'addresses'; /** At least one. */ readonly addresses: readonly string[] }
  /** There is no such name, or it has no address. */
  | { readonly kind: 'absent' }
  /** Nobody could tell. */
  | { readonly kind: 'unknown'; readonly why: string };

/** Asks where names lead, as clients would. */
export interface HostLookup {
  /** Never rejects. */
  lookup(name: string): Promise<HostAnswer>;
  /** Addresses of this machine. */
  ownAddresses(): readonly string[];
  /** Gives up all questions that are still open. */
  close(): void;
}

/** Longest wait for one answer, in ms: asked twice within the time that all names together have. */
const queryMs = 2000;

const absent: ReadonlySet<string> = new Set(['ENODATA', 'ENOTFOUND']);

const words: Readonly<Record<string, string>> = {
  ETIMEOUT: 'no DNS server answered in time',
  ECANCELLED: 'no DNS server answered in time',
  ECONNREFUSED: 'no DNS server can be reached',
  ESERVFAIL: 'the DNS server failed',
  EREFUSED: 'the DNS server refused the question',
};

/** DNS alone: clients do not have this machine's hosts file. `servers`: as `192.0.2.1:53`; undefined: those of the system. */
export class DnsHostLookup implements HostLookup {
  readonly #resolver = new dns.Resolver({ timeout: queryMs, tries: 2, maxTimeout: queryMs });

  constructor(servers: readonly string[] | undefined) {
    if (servers !== undefined && servers.length > 0) this.#resolver.setServers(servers);
  }

  async lookup(name: string): Promise<HostAnswer> {
    const found = await Promise.allSettled([this.#resolver.resolve4(name), this.#resolver.resolve6(name)]);
    const addresses = found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    if (addresses.length > 0) return { kind: 'addresses', addresses: addresses.map(normaliseAddress) };
    const codes = found.map((each) => (each.status === 'rejected' ? (codeOf(each.reason) ?? 'unknown') : 'ENODATA'));
    // 'I cannot tell' of one family says more than 'there is none' of the other.
    const code = codes.find((each) => !absent.has(each));
    return code === undefined ? { kind: 'absent' } : { kind: 'unknown', why: words[code] ?? code };
  }

  ownAddresses(): readonly string[] {
    return Object.values(networkInterfaces()).flatMap(
      (each) => each?.map(({ address }) => normaliseAddress(address)) ?? [],
    );
  }

  close(): void {
    this.#resolver.cancel();
  }
}
