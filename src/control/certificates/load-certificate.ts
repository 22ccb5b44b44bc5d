import type { KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

import type { CertificateMaterial, CertificatePlan } from '../../proxy/index.ts';
import type { CertificateConfig, ListenerTlsConfig } from '../config/config.ts';
import { fingerprintOf } from './certificate-facts.ts';
import { alternativeNames, commonHostName } from './certificate-names.ts';
import { judgeCertificate, type JudgeEnv } from './judge-certificate.ts';
import { readCertificates, readKey } from './load-pem.ts';
import { readPfx } from './load-pfx.ts';
import { opensslWords } from './openssl-words.ts';
import type { FileReport, NamedFile } from './report.ts';

export interface LoadedCertificate {
  readonly plan: CertificatePlan;
  /** The certificate of the server first. */
  readonly chain: readonly X509Certificate[];
}

/** Where the parts of a certificate stand in the config. */
export type FileOf = (part: 'cert' | 'key' | 'chain' | 'pfx', name: string) => NamedFile;

type Tls = Pick<ListenerTlsConfig, 'ciphers'>;

interface Content {
  readonly file: NamedFile;
  readonly chain: readonly X509Certificate[];
  readonly material: CertificateMaterial;
}

/**
 * Reads and judges a certificate with its key before anyone uses it. Undefined: it cannot be used; reported.
 * @param tls of the listener that is to use it.
 */
export async function loadCertificate(
  config: CertificateConfig,
  fileOf: FileOf,
  tls: Tls,
  env: JudgeEnv,
): Promise<LoadedCertificate | undefined> {
  const { report } = env;
  const content = config.kind === 'pfx' ? await pfxContent(config, fileOf, report) : pemContent(config, fileOf, report);
  if (content === undefined || !judgeCertificate(content.chain, content.file, env)) return undefined;
  const { file, chain, material } = content;
  if (!fits(material, tls, file, report)) return undefined;
  const leaf = chain[0]!;
  const names = alternativeNames(leaf);
  const common = names.length === 0 ? commonHostName(leaf) : undefined;
  const name = report.show(file).slice(1, -1);
  const plan = { name, material, names: common === undefined ? names : [common], fingerprint: fingerprintOf(leaf) };
  return { plan, chain };
}

type PemConfig = CertificateConfig & { readonly kind: 'pem' };
type PfxConfig = CertificateConfig & { readonly kind: 'pfx' };

async function pfxContent(config: PfxConfig, fileOf: FileOf, report: FileReport): Promise<Content | undefined> {
  const file = fileOf('pfx', config.pfx);
  const passphrase = config.passphrase ?? '';
  const pfx = await readPfx(file, passphrase, report);
  if (pfx === undefined) return undefined;
  return { file, chain: pfx.chain, material: { kind: 'pfx', data: pfx.bytes.toString('base64'), passphrase } };
}

function pemContent(config: PemConfig, fileOf: FileOf, report: FileReport): Content | undefined {
  const file = fileOf('cert', config.cert);
  const keyFile = config.key === undefined ? file : fileOf('key', config.key);
  const own = readCertificates(file, report);
  const rest = config.chain === undefined ? [] : readCertificates(fileOf('chain', config.chain), report);
  // Where the certificate is bad, the same file's key would only be a second complaint about it.
  const key = own === undefined && keyFile === file ? undefined : readKey(keyFile, config.passphrase, report);
  if (own === undefined || rest === undefined || key === undefined) return undefined;
  const chain = withoutRepeats([...own, ...rest]);
  if (chain.length < own.length + rest.length)
    report.warn(file, 'comes with a certificate of its chain twice', 'leave one of them out');
  if (!matches(chain, key, keyFile, report)) return undefined;
  return { file, chain, material: { kind: 'pem', chain: toPem(chain), key: pemOfKey(key) } };
}

/** The key must be that of the first certificate. */
function matches(chain: readonly X509Certificate[], key: KeyObject, file: NamedFile, report: FileReport): boolean {
  const owner = chain.findIndex((certificate) => certificate.checkPrivateKey(key));
  if (owner === 0) return true;
  if (owner < 0)
    report.refuse(
      file,
      'the private key belongs to another certificate',
      'name the key that the certificate was made with',
    );
  else {
    const why = `the chain is out of order: the certificate of the key is number ${owner + 1}, and must be the first`;
    report.refuse(file, why, 'put it first, and after each certificate the one that signed it');
  }
  return false;
}

/** OpenSSL has the last word. */
function fits(material: CertificateMaterial, { ciphers }: Tls, file: NamedFile, report: FileReport): boolean {
  try {
    createSecureContext({ ...contextOptions(material), ciphers });
    return true;
  } catch (error) {
    const { why, remedy } = opensslWords(error);
    report.refuse(file, why, remedy);
    return false;
  }
}

function contextOptions(material: CertificateMaterial): { readonly [key: string]: string | Buffer } {
  if (material.kind === 'pem') return { cert: material.chain, key: material.key };
  return { pfx: Buffer.from(material.data, 'base64'), passphrase: material.passphrase };
}

function withoutRepeats(chain: readonly X509Certificate[]): readonly X509Certificate[] {
  return [...new Map(chain.map((each) => [each.fingerprint256, each])).values()];
}

function toPem(chain: readonly X509Certificate[]): string {
  return chain.map(String).join('');
}

/** In memory only: whatever is shown of a plan must leave it out. */
function pemOfKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' });
}
