import { createSecureContext, getCiphers } from 'node:tls';

import type { TlsVersion } from '../../proxy/index.ts';

/** For TLS 1.3, whose suites say nothing of certificates and key exchange. */
function isTls13Cipher(name: string): boolean {
  return name.startsWith('TLS_');
}

/** Came with TLS 1.2 (AEAD or a MAC of SHA-2), so that older versions do not have it. */
function needsTls12(name: string): boolean {
  return /GCM|CCM|POLY1305|-SHA256$|-SHA384$/.test(name);
}

/** Some version between these can use the cipher. */
export function isUsableCipher(name: string, [min, max]: readonly [TlsVersion, TlsVersion]): boolean {
  if (isTls13Cipher(name)) return max === 'TLSv1.3';
  if (min === 'TLSv1.3') return false;
  return needsTls12(name) ? max === 'TLSv1.2' || max === 'TLSv1.3' : true;
}

/** A version can use one of these ciphers. */
export function hasCipherFor(version: TlsVersion, ciphers: readonly string[]): boolean {
  return ciphers.some((name) => isUsableCipher(name, [version, version]));
}

/** Neither a shared password nor anonymous: those that a listener with a certificate can use. */
function needsCertificate(name: string): boolean {
  return !/PSK|SRP|ADH|AECDH|NULL/.test(name);
}

/** OpenSSL's names of all ciphers that this Node can use with a certificate. */
export function knownCiphers(): readonly string[] {
  return getCiphers()
    .map((name) => name.toUpperCase())
    .filter(needsCertificate);
}

/** Names that a message may propose; OpenSSL itself judges whether a group is one. */
export const usualGroups: readonly string[] = [
  'X25519MLKEM768',
  'SecP256r1MLKEM768',
  'SecP384r1MLKEM1024',
  'X25519',
  'X448',
  'P-256',
  'P-384',
  'P-521',
  'prime256v1',
  'secp384r1',
  'secp521r1',
  'ffdhe2048',
  'ffdhe3072',
];

/** OpenSSL can exchange keys over it. */
export function isGroup(name: string): boolean {
  try {
    createSecureContext({ ecdhCurve: name });
    return true;
  } catch {
    return false;
  }
}
