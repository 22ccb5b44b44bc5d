import type { KeyObject, X509Certificate } from 'node:crypto';

/** Browsers and OpenSSL know these. */
const usualCurves: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

const leastRsaBits = 2048;

/** What is weak about a key, in words that go on from the name of the certificate; undefined: nothing. */
export function weaknessOfKey(key: KeyObject): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa' || type === 'rsa-pss') {
    const bits = details?.modulusLength ?? 0;
    return bits < leastRsaBits ? `has an RSA key of ${bits} bits, which can be broken` : undefined;
  }
  if (type === 'ec') {
    const curve = details?.namedCurve ?? 'an unknown curve';
    return usualCurves.has(curve) ? undefined : `has a key on ${curve}, which browsers do not know`;
  }
  return type === 'ed25519' ? undefined : `has a key of the kind "${type}", which browsers do not know`;
}

/** The hash of a signature that can be forged; undefined: it is sound, or this Node (before 24.9) does not tell. */
export function weakHashOf(certificate: X509Certificate): string | undefined {
  const algorithm: string = certificate.signatureAlgorithm ?? '';
  const found = /sha-?1(?!\d)|md[245]/i.exec(algorithm)?.[0];
  return found?.toUpperCase().replace('SHA1', 'SHA-1');
}

/** Of RFC 5280 section 4.2.1.12: servers. */
const serverUse = '1.3.6.1.5.5.7.3.1';

/** The certificate says what it is for, and servers are not among it. */
export function isForOtherUse(certificate: X509Certificate): boolean {
  const uses: readonly string[] | undefined = certificate.keyUsage;
  return uses !== undefined && uses.length > 0 && !uses.includes(serverUse) && !uses.includes('2.5.29.37.0');
}
