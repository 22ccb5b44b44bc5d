import { constants, createHash } from 'node:crypto';
import tls from 'node:tls';
import type { CertificatePlan, ListenerTlsPlan } from '../tls-plan.ts';
import { CertificateIndex, type CertificateGroup } from './tls-names.ts';

/** How long a session may be taken up again, in s. */
const sessionSeconds = 3600;

/** With client certificates: a session takes up what was found of one, and it may have run out meanwhile. */
const certifiedSessionSeconds = 300;

/**
 * OpenSSL's contexts of a listener, one for each group of certificates. Making one takes a millisecond, so that of the first
 * group is made at once, by the server, and the others when a client asks for their name.
 *
 * Node gives a context that is chosen by name one certificate only, so groups other than the first have that which comes
 * first in the config.
 */
export class SecureContexts {
  readonly index: CertificateIndex;
  readonly #common: tls.SecureContextOptions;
  readonly #made = new Map<CertificateGroup, tls.SecureContext>();

  /** @param owner the listener's name: sessions of another one are not taken up. */
  constructor(plan: ListenerTlsPlan, owner: string) {
    this.index = new CertificateIndex(plan.certificates);
    this.#common = commonOptions(plan, owner);
  }

  /** For the server: what all contexts have in common, and the certificates of the first group. */
  get options(): tls.SecureContextOptions {
    return { ...this.#common, ...materialOf(this.index.first.certificates) };
  }

  /** Of a group other than the first. Throws where OpenSSL does not take it. */
  of(group: CertificateGroup): tls.SecureContext {
    const known = this.#made.get(group);
    if (known !== undefined) return known;
    const made = tls.createSecureContext({ ...this.#common, ...materialOf(group.certificates.slice(0, 1)) });
    this.#made.set(group, made);
    return made;
  }

  /**
   * Fingerprints of certificates that a response can be stapled to: where one context has two, Node does not tell which one
   * a client gets.
   */
  get stapled(): string[] {
    return this.index.groups.flatMap(({ certificates }, i) =>
      i > 0 || certificates.length === 1 ? [certificates[0]!.fingerprint] : [],
    );
  }
}

function commonOptions(plan: ListenerTlsPlan, owner: string): tls.SecureContextOptions {
  const { clientCertificates } = plan;
  return {
    minVersion: plan.minVersion,
    maxVersion: plan.maxVersion,
    ciphers: plan.ciphers,
    ecdhCurve: plan.groups,
    dhparam: 'auto', // Counts only where the ciphers name DHE.
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
    // The same in all contexts of the listener: OpenSSL compares it when the name has chosen another context.
    sessionIdContext: identityOf(plan, owner).slice(0, 32),
    sessionTimeout: clientCertificates === undefined ? sessionSeconds : certifiedSessionSeconds,
    ...(clientCertificates && { ca: clientCertificates.ca }),
    ...(clientCertificates && clientCertificates.crls.length > 0 && { crl: [...clientCertificates.crls] }),
  };
}

/**
 * Which sessions belong together: those of one listener, as long as it believes the same client certificates. A session
 * carries what was found of one, so it must not come in where it would be judged otherwise. Hex.
 */
export function identityOf({ clientCertificates }: ListenerTlsPlan, owner: string): string {
  return createHash('sha256')
    .update(JSON.stringify([owner, clientCertificates ?? null]))
    .digest('hex');
}

function materialOf(certificates: readonly CertificatePlan[]): tls.SecureContextOptions {
  const pems = certificates.flatMap(({ material }) => (material.kind === 'pem' ? [material] : []));
  const pfxs = certificates.flatMap(({ material }) => (material.kind === 'pfx' ? [material] : []));
  return {
    ...(pems.length > 0 && { cert: pems.map(({ chain }) => chain), key: pems.map(({ key }) => key) }),
    ...(pfxs.length > 0 && {
      pfx: pfxs.map(({ data, passphrase }) => ({ buf: Buffer.from(data, 'base64'), passphrase })),
    }),
  };
}
