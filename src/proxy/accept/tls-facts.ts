import type { X509Certificate } from 'node:crypto';
import type tls from 'node:tls';
import type { ClientCertificate, TlsFacts } from '../exchange.ts';
import type { TlsVersion } from '../tls-plan.ts';
import { distinguishedName } from './distinguished-name.ts';
import { normaliseServerName } from './tls-names.ts';

/**
 * What a handshake found out. What costs more than a look is asked for when it is wanted, which must be while the connection
 * is there: afterwards a certificate that nobody asked for is none.
 */
export class HandshakeFacts implements TlsFacts {
  readonly version: TlsVersion;
  readonly serverName: string;
  readonly resumed: boolean;
  readonly alpn: string | undefined;
  readonly #socket: tls.TLSSocket;
  #cipher: string | undefined;
  /** Null: nobody has asked yet. */
  #certificate: ClientCertificate | undefined | null;

  /** @param asksForCertificate the listener does. */
  constructor(socket: tls.TLSSocket, asksForCertificate: boolean) {
    this.version = versions.get(socket.getProtocol() ?? '') ?? 'TLSv1';
    // `false` where the client named none, though the types know nothing of this property.
    const { servername } = socket as { servername?: unknown };
    this.serverName = typeof servername === 'string' ? normaliseServerName(servername) : '';
    this.resumed = socket.isSessionReused();
    this.alpn = typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : undefined;
    this.#socket = socket;
    this.#certificate = asksForCertificate ? null : undefined;
  }

  get cipher(): string {
    // oxlint-disable-next-line typescript/no-unnecessary-condition -- undefined where the connection has gone
    this.#cipher ??= this.#socket.getCipher()?.name ?? '';
    return this.#cipher;
  }

  get clientCertificate(): ClientCertificate | undefined {
    if (this.#certificate === null) this.#certificate = readCertificate(this.#socket);
    return this.#certificate;
  }
}

/** The same text for all connections, where Node makes one for each. */
const versions: ReadonlyMap<string, TlsVersion> = new Map<string, TlsVersion>(
  (['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const).map((version) => [version, version]),
);

function readCertificate(socket: tls.TLSSocket): ClientCertificate | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  return factsOf(certificate, socket.authorized, socket.authorizationError);
}

function factsOf(certificate: X509Certificate, valid: boolean, problem: unknown): ClientCertificate {
  return {
    valid,
    problem: valid ? undefined : typeof problem === 'string' ? problem : 'CERT_REJECTED',
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    serial: certificate.serialNumber.toUpperCase(),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    der: certificate.raw.toString('base64'),
  };
}
