import { promises as dns } from 'node:dns';

import { codeOf } from '../code-of.ts';

/** What DNS said of one name. */
export interface DnsAnswer {
  /** Addresses by family; undefined: this family's question failed, so what was known of it stays. */
  readonly ipv4: readonly string[] | undefined;
  readonly ipv6: readonly string[] | undefined;
  /** Shortest time to live of what came, in seconds. */
  readonly ttlSeconds: number;
}

/** A question to DNS. */
export interface DnsLookup {
  /** @throws {Error} in words where neither family gave an address. */
  lookup(name: string): Promise<DnsAnswer>;
}

/** Longest wait for the answers to one name, in ms. */
const queryMs = 5000;

/** Once one family answered, the other one gets so much longer, in ms: some DNS servers never answer to AAAA. */
const otherFamilyMs = 1000;

/** Addresses that are taken of one answer, by family, unless somebody wants more. */
const maxAddresses = 64;

/** Answers that say 'there is no such address' rather than 'I cannot tell'. */
const absent: ReadonlySet<string> = new Set(['ENODATA', 'ENOTFOUND']);

const words: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such name',
  ENODATA: 'it has no address',
  ETIMEOUT: 'no DNS server answered in time',
  ECANCELLED: 'no DNS server answered in time',
  ECONNREFUSED: 'no DNS server can be reached',
  ESERVFAIL: 'the DNS server failed',
  EREFUSED: 'the DNS server refused the question',
};

type Outcome = { readonly addresses: readonly string[]; readonly ttlSeconds: number } | { readonly code: string };

/** Asks for A and AAAA with their times to live. `servers`: as `192.0.2.1` or `[2001:db8::1]:53`; none: the system's. */
export class SystemDns implements DnsLookup {
  readonly #servers: readonly string[];
  readonly #most: number;

  /** @param most addresses that are taken of one answer, by family. */
  constructor(servers: readonly string[], most: number = maxAddresses) {
    this.#servers = servers;
    this.#most = most;
  }

  async lookup(name: string): Promise<DnsAnswer> {
    // A resolver for each question: it reads the system's settings anew, and can be cancelled without harm to others.
    const resolver = new dns.Resolver({ timeout: queryMs / 2, tries: 2, maxTimeout: queryMs });
    if (this.#servers.length > 0) resolver.setServers(this.#servers);
    const timers = [setTimeout(() => resolver.cancel(), queryMs)];
    const hurry = (outcome: Outcome): Outcome => {
      if (!('code' in outcome)) timers.push(setTimeout(() => resolver.cancel(), otherFamilyMs));
      return outcome;
    };
    try {
      const [four, six] = await Promise.all([
        outcomeOf(resolver.resolve4(name, { ttl: true }), this.#most).then(hurry),
        outcomeOf(resolver.resolve6(name, { ttl: true }), this.#most).then(hurry),
      ]);
      return join(name, four, six);
    } finally {
      timers.forEach(clearTimeout);
    }
  }
}

async function outcomeOf(
  question: Promise<readonly { address: string; ttl: number }[]>,
  most: number,
): Promise<Outcome> {
  try {
    const records = (await question).slice(0, most);
    const ttlSeconds = records.reduce((least, { ttl }) => Math.min(least, ttl), Infinity);
    return { addresses: records.map(({ address }) => address), ttlSeconds };
  } catch (error) {
    return { code: codeOf(error) ?? 'unknown' };
  }
}

function join(name: string, four: Outcome, six: Outcome): DnsAnswer {
  if ('code' in four && 'code' in six) {
    // 'I cannot tell' says more than 'there is none'.
    const code = absent.has(four.code) ? six.code : four.code;
    throw new Error(`Cannot resolve ${name}: ${words[code] ?? code}`);
  }
  const ttlSeconds = Math.min(...[four, six].map((outcome) => ('code' in outcome ? Infinity : outcome.ttlSeconds)));
  return { ipv4: addressesOf(four), ipv6: addressesOf(six), ttlSeconds };
}

function addressesOf(outcome: Outcome): readonly string[] | undefined {
  if (!('code' in outcome)) return outcome.addresses;
  return absent.has(outcome.code) ? [] : undefined;
}
