import type { TlsVersion } from '../../proxy/index.ts';

export type PresetName = 'modern' | 'intermediate' | 'old';

/** What a listener allows unless its config says otherwise. */
export interface TlsPreset {
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** OpenSSL's names, those of TLS 1.3 first. */
  readonly ciphers: readonly string[];
  readonly groups: readonly string[];
}

/** Oldest first. */
export const tlsVersions: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** OpenSSL 3 does not sign for TLS 1.0 and 1.1 (MD5 and SHA-1) on any higher level. */
export const lowestSecurity = '@SECLEVEL=0';

const tls13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

const forwardSecret = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'DHE-RSA-AES128-GCM-SHA256',
  'DHE-RSA-AES256-GCM-SHA384',
  'DHE-RSA-CHACHA20-POLY1305',
];

/** Without DES-CBC3-SHA, which Node's OpenSSL is built without. */
const ofOldClients = [
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'DHE-RSA-AES128-SHA256',
  'DHE-RSA-AES256-SHA256',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA256',
  'AES256-SHA256',
  'AES128-SHA',
  'AES256-SHA',
];

/** The hybrid one first: recorded traffic stays secret from the quantum computers of later years. */
const groups = ['X25519MLKEM768', 'X25519', 'P-256', 'P-384'];

/** Mozilla's "Server Side TLS" guideline, version 5.7, with the hybrid key exchange in front of its curves. */
export const tlsPresets: Readonly<Record<PresetName, TlsPreset>> = {
  modern: { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', ciphers: tls13, groups },
  intermediate: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', ciphers: [...tls13, ...forwardSecret], groups },
  old: { minVersion: 'TLSv1', maxVersion: 'TLSv1.3', ciphers: [...tls13, ...forwardSecret, ...ofOldClients], groups },
};
