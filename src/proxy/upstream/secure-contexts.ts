import tls from 'node:tls';
import type { CertificateMaterial } from '../tls-plan.ts';
import type { ServerTlsPlan } from '../pool-plan.ts';

/**
 * What connections by TLS are made with, for all pools of a thread. The authorities of the system take 1.4 MB and 30 ms for
 * each context that knows them, so pools with equal settings share one.
 */
export class SecureContexts {
  readonly #byPlan: Map<string, WeakRef<tls.SecureContext>> = new Map();
  readonly #gone: FinalizationRegistry<string> = new FinalizationRegistry((key) => this.#forget(key));
  #system: readonly string[] | undefined;

  /** The context for these settings, made once while somebody has it. @throws {Error} OpenSSL's, where it does not take them. */
  of(plan: ServerTlsPlan): tls.SecureContext {
    const { ca, certificate, minVersion } = plan;
    const key = JSON.stringify([ca, certificate, minVersion]);
    const known = this.#byPlan.get(key)?.deref();
    if (known) return known;
    const context = tls.createSecureContext(this.#options(plan));
    this.#byPlan.set(key, new WeakRef(context));
    this.#gone.register(context, key);
    return context;
  }

  #options({ ca, certificate, minVersion }: ServerTlsPlan): tls.SecureContextOptions {
    const old = minVersion === 'TLSv1' || minVersion === 'TLSv1.1';
    return {
      ca: ca ?? this.#systemAuthorities(),
      minVersion,
      // OpenSSL 3 signs no handshake of these versions at its usual level.
      ...(old ? { ciphers: `${tls.DEFAULT_CIPHERS}:@SECLEVEL=0` } : {}),
      ...(certificate ? shown(certificate) : {}),
    };
  }

  /** Undefined where the system has none: Node then takes those that it brings. */
  #systemAuthorities(): string[] | undefined {
    // Debian lists each of them several times.
    this.#system ??= [...new Set(tls.getCACertificates('system'))];
    return this.#system.length > 0 ? [...this.#system] : undefined;
  }

  #forget(key: string): void {
    if (this.#byPlan.get(key)?.deref() === undefined) this.#byPlan.delete(key);
  }
}

function shown(certificate: CertificateMaterial): tls.SecureContextOptions {
  if (certificate.kind === 'pem') return { cert: certificate.chain, key: certificate.key };
  return { pfx: Buffer.from(certificate.data, 'base64'), passphrase: certificate.passphrase };
}
