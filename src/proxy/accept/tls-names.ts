import net from 'node:net';
import type { CertificatePlan } from '../tls-plan.ts';

/** Certificates for the same names, such as one with an EC key and one with an RSA key: a client gets the one that it can use. */
export interface CertificateGroup {
  readonly certificates: readonly CertificatePlan[];
}

/**
 * Which certificates a client gets for the name that it asks for: those for exactly this name, then those for all names one
 * label down. Where several certificates are for a name, the first of the config has it; only those that are for all the
 * same names go together.
 */
export class CertificateIndex {
  /** At least one. */
  readonly groups: readonly CertificateGroup[];
  readonly #exact = new Map<string, CertificateGroup>();
  /** By what follows `*.`. */
  readonly #wildcard = new Map<string, CertificateGroup>();

  constructor(certificates: readonly CertificatePlan[]) {
    this.groups = groupBySameNames(certificates);
    for (const group of this.groups) for (const name of group.certificates[0]!.names) this.#add(name, group);
  }

  /** For clients that name no host. */
  get first(): CertificateGroup {
    return this.groups[0]!;
  }

  /** @param serverName lower case. Undefined: no certificate is for it. An IP address is no name (RFC 6066 section 3). */
  find(serverName: string): CertificateGroup | undefined {
    const exact = this.#exact.get(serverName);
    if (exact !== undefined || this.#wildcard.size === 0) return exact ?? this.#ofAddress(serverName);
    const dot = serverName.indexOf('.');
    return this.#wildcard.get(dot > 0 ? serverName.slice(dot + 1) : '') ?? this.#ofAddress(serverName);
  }

  #ofAddress(serverName: string): CertificateGroup | undefined {
    return net.isIP(serverName) === 0 ? undefined : this.first;
  }

  #add(name: string, group: CertificateGroup): void {
    const isWildcard = name.startsWith('*.');
    const names = isWildcard ? this.#wildcard : this.#exact;
    const key = isWildcard ? name.slice(2) : name;
    if (!names.has(key)) names.set(key, group);
  }
}

function groupBySameNames(certificates: readonly CertificatePlan[]): CertificateGroup[] {
  const groups = new Map<string, CertificatePlan[]>();
  for (const certificate of certificates) {
    // One without names is nobody's equal.
    const { names, fingerprint } = certificate;
    const key = names.length === 0 ? fingerprint : names.toSorted().join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [certificate]);
    else group.push(certificate);
  }
  return [...groups.values()].map((group) => ({ certificates: group }));
}

/** A name as a client sends it, for lookups and comparisons: lower case, without a final dot. */
export function normaliseServerName(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}
