import type { X509Certificate } from 'node:crypto';

/** What is known of a certificate that a listener uses. Plain data without its key, fit to be shown. */
export interface CertificateFacts {
  readonly listener: string;
  /** The file as it is written in the config. */
  readonly name: string;
  /** Host names and IP addresses that it is for. */
  readonly names: readonly string[];
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256, lower-case hex. */
  readonly fingerprint: string;
  /** Whom to ask for its state; undefined: nobody, or nobody wants to know. */
  readonly ocsp: OcspQuestion | undefined;
}

/** What a question for the state of a certificate needs. */
export interface OcspQuestion {
  readonly url: string;
  /** PEM. */
  readonly certificate: string;
  readonly issuer: string;
}

export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** Milliseconds since 1970. Node writes the dates as OpenSSL does (`Dec  2 03:15:31 2026 GMT`), some versions as ISO 8601. */
export function validityOf(certificate: X509Certificate): { readonly notBefore: number; readonly notAfter: number } {
  return { notBefore: dateOf(certificate.validFrom), notAfter: dateOf(certificate.validTo) };
}

function dateOf(text: string): number {
  const ms = Date.parse(text);
  // A year past 9999 is for ever.
  return Number.isFinite(ms) ? ms : Number.MAX_SAFE_INTEGER;
}

/** The address of the authority's OCSP responder; only plain HTTP is usual (RFC 6960 appendix A). */
export function responderOf(certificate: X509Certificate): string | undefined {
  const access = certificate.infoAccess ?? '';
  const line = access.split('\n').find((each) => each.startsWith('OCSP - URI:http'));
  const url = line?.slice('OCSP - URI:'.length).trim();
  return url !== undefined && URL.canParse(url) ? url : undefined;
}
