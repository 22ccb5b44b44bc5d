import type { z } from 'zod';

import type { TlsVersion } from '../../proxy/index.ts';
import { hasCipherFor, isUsableCipher } from '../certificates/cipher-names.ts';
import { lowestSecurity, tlsPresets, tlsVersions, type PresetName } from '../certificates/tls-presets.ts';
import type { CertificateConfig, ListenerTlsConfig } from './config.ts';

/** The key `tls` as it is written. */
export interface WrittenTls {
  readonly certificates: readonly CertificateConfig[];
  readonly preset: PresetName;
  readonly minVersion?: TlsVersion | undefined;
  readonly maxVersion?: TlsVersion | undefined;
  readonly ciphers?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly unknownName: ListenerTlsConfig['unknownName'];
  readonly clientCertificates?: ListenerTlsConfig['clientCertificates'];
  readonly handshakeTimeout: number;
  readonly ocspStapling: boolean;
}

interface Chosen {
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  readonly ciphers: readonly string[];
  readonly groups: readonly string[];
}

interface Contradiction {
  readonly path: string[];
  readonly message: string;
  readonly remedy: string;
}

/** Puts what is written in the place of what the preset says; what cannot be together is refused. */
export function joinTls(tls: WrittenTls, context: z.RefinementCtx): ListenerTlsConfig {
  const chosen = choose(tls);
  const wrong = contradictionOf(tls, chosen);
  if (wrong !== undefined) {
    const { path, message, remedy } = wrong;
    context.addIssue({ code: 'custom', path, message, params: { remedy } });
  }
  const { minVersion, maxVersion, ciphers, groups } = chosen;
  const weak = tlsVersions.indexOf(minVersion) < tlsVersions.indexOf('TLSv1.2');
  return {
    certificates: tls.certificates,
    unknownName: tls.unknownName,
    minVersion,
    maxVersion,
    ciphers: [...ciphers, ...(weak ? [lowestSecurity] : [])].join(':'),
    groups: groups.join(':'),
    clientCertificates: tls.clientCertificates,
    handshakeTimeout: tls.handshakeTimeout,
    ocspStapling: tls.ocspStapling,
  };
}

/** Ciphers of the preset follow the versions; where those are older than the preset, the old preset's take their place. */
function choose(tls: WrittenTls): Chosen {
  const preset = tlsPresets[tls.preset];
  const { minVersion = older(preset.minVersion, tls.maxVersion), groups = preset.groups } = tls;
  const { maxVersion = preset.maxVersion } = tls;
  return { minVersion, maxVersion, groups, ciphers: tls.ciphers ?? presetCiphers(tls.preset, minVersion, maxVersion) };
}

/** `maxVersion: "1.2"` alone with the preset `modern` means 1.2, not nothing. */
function older(version: TlsVersion, max: TlsVersion | undefined): TlsVersion {
  return max !== undefined && tlsVersions.indexOf(max) < tlsVersions.indexOf(version) ? max : version;
}

function presetCiphers(preset: PresetName, min: TlsVersion, max: TlsVersion): readonly string[] {
  const names: readonly PresetName[] = [preset, 'intermediate', 'old'];
  const wanted = names.find((name) =>
    versionsBetween(min, max).every((v) => hasCipherFor(v, tlsPresets[name].ciphers)),
  );
  return tlsPresets[wanted ?? preset].ciphers.filter((cipher) => isUsableCipher(cipher, [min, max]));
}

function versionsBetween(min: TlsVersion, max: TlsVersion): readonly TlsVersion[] {
  return tlsVersions.slice(tlsVersions.indexOf(min), tlsVersions.indexOf(max) + 1);
}

function contradictionOf(tls: WrittenTls, chosen: Chosen): Contradiction | undefined {
  const { minVersion, maxVersion, ciphers } = chosen;
  if (tlsVersions.indexOf(minVersion) > tlsVersions.indexOf(maxVersion)) {
    const path = [tls.maxVersion === undefined ? 'minVersion' : 'maxVersion'];
    const message = `the oldest version (${shown(minVersion)}) is newer than the newest (${shown(maxVersion)})`;
    return { path, message, remedy: 'change one of minVersion and maxVersion' };
  }
  if (tls.ciphers === undefined) return undefined;
  const without = versionsBetween(minVersion, maxVersion).find((version) => !hasCipherFor(version, ciphers));
  if (without !== undefined) return lackingCipher(without, minVersion);
  const idle = ciphers.findIndex((cipher) => !isUsableCipher(cipher, [minVersion, maxVersion]));
  if (idle < 0) return undefined;
  const message = `no version of TLS that is allowed here can use ${ciphers[idle]}`;
  return { path: ['ciphers'], message, remedy: 'leave it out, or change minVersion or maxVersion' };
}

function lackingCipher(version: TlsVersion, min: TlsVersion): Contradiction {
  const message = `no cipher of the list is for TLS ${shown(version)}, which is allowed here`;
  const example = version === 'TLSv1.3' ? 'TLS_AES_128_GCM_SHA256' : cipherFor(version);
  const otherwise = version === min ? `raise minVersion` : `lower maxVersion`;
  return { path: ['ciphers'], message, remedy: `add one (for example ${example}), or ${otherwise}` };
}

function cipherFor(version: TlsVersion): string {
  return version === 'TLSv1.2' ? 'ECDHE-RSA-AES128-GCM-SHA256' : 'ECDHE-RSA-AES128-SHA';
}

/** `1.2`, as the config has it. */
function shown(version: TlsVersion): string {
  return version === 'TLSv1' ? '1.0' : version.slice('TLSv'.length);
}
