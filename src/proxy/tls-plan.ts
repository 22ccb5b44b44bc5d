export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** How a listener speaks TLS. Keys and certificates have been read and checked. */
export interface ListenerTlsPlan {
  /** At least one; the first is for clients that name no host. */
  readonly certificates: readonly CertificatePlan[];
  /** What a client gets that names a host which no certificate is for: the first certificate, or an alert. */
  readonly unknownName: 'default' | 'refuse';
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** OpenSSL's names joined by colons: those of TLS 1.3 first, then those of the versions before. */
  readonly ciphers: string;
  /** Key exchange groups, OpenSSL's names joined by colons, best first. */
  readonly groups: string;
  /** Undefined: clients are not asked for one. */
  readonly clientCertificates: ClientCertificatesPlan | undefined;
  /** From the accept to the end of the handshake. */
  readonly handshakeMs: number;
}

export interface CertificatePlan {
  /** The file as it is written in the config, for messages. */
  readonly name: string;
  readonly material: CertificateMaterial;
  /** Host names (lower case, `*.` in front of some) and IP addresses that it is for. */
  readonly names: readonly string[];
  /** SHA-256 of the certificate, lower-case hex: by this a stapled OCSP response finds it. */
  readonly fingerprint: string;
}

/** A certificate with its private key, in a form that OpenSSL takes. */
export type CertificateMaterial =
  | {
      readonly kind: 'pem';
      /** The certificate, then its chain. */
      readonly chain: string;
      /** PKCS#8, not encrypted. */
      readonly key: string;
    }
  | { readonly kind: 'pfx'; /** Base64. */ readonly data: string; readonly passphrase: string };

export interface ClientCertificatesPlan {
  /** PEM of the authorities that clients' certificates must come from. */
  readonly ca: string;
  /** PEM of revocation lists. */
  readonly crls: readonly string[];
}
