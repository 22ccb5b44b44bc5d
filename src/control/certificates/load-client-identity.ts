import type { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

import type { CertificateMaterial } from '../../proxy/index.ts';
import type { CertificateConfig } from '../config/config.ts';
import { validityOf } from './certificate-facts.ts';
import { expiryWords } from './expiry-words.ts';
import type { FileOf } from './load-certificate.ts';
import { readCertificates, readKey } from './load-pem.ts';
import { readPfx } from './load-pfx.ts';
import { opensslWords } from './openssl-words.ts';
import type { FileReport, NamedFile } from './report.ts';

type PemConfig = CertificateConfig & { readonly kind: 'pem' };
type PfxConfig = CertificateConfig & { readonly kind: 'pfx' };

/**
 * Reads a certificate that we show to servers. Nobody looks for a host in it, so less is asked of it than of one for clients.
 * Undefined: it cannot be used; reported.
 */
export async function loadClientIdentity(
  config: CertificateConfig,
  fileOf: FileOf,
  report: FileReport,
): Promise<CertificateMaterial | undefined> {
  return config.kind === 'pfx' ? fromPfx(config, fileOf, report) : fromPem(config, fileOf, report);
}

async function fromPfx(
  { pfx, passphrase = '' }: PfxConfig,
  fileOf: FileOf,
  report: FileReport,
): Promise<CertificateMaterial | undefined> {
  const file = fileOf('pfx', pfx);
  const content = await readPfx(file, passphrase, report);
  if (content === undefined) return undefined;
  warnOfExpiry(content.chain[0]!, file, report);
  return tried({ kind: 'pfx', data: content.bytes.toString('base64'), passphrase }, file, report);
}

function fromPem(config: PemConfig, fileOf: FileOf, report: FileReport): CertificateMaterial | undefined {
  const file = fileOf('cert', config.cert);
  const own = readCertificates(file, report);
  const rest = config.chain === undefined ? [] : readCertificates(fileOf('chain', config.chain), report);
  const keyFile = config.key === undefined ? file : fileOf('key', config.key);
  const key = own === undefined && keyFile === file ? undefined : readKey(keyFile, config.passphrase, report);
  if (own === undefined || rest === undefined || key === undefined) return undefined;
  if (!own[0]!.checkPrivateKey(key)) {
    report.refuse(
      keyFile,
      'the private key does not belong to the first certificate',
      'name the key that the certificate was made with',
    );
    return undefined;
  }
  warnOfExpiry(own[0]!, file, report);
  const chain = [...own, ...rest].map(String).join('');
  return tried({ kind: 'pem', chain, key: key.export({ type: 'pkcs8', format: 'pem' }) }, file, report);
}

function warnOfExpiry(certificate: X509Certificate, file: NamedFile, report: FileReport): void {
  const validity = validityOf(certificate);
  const now = Date.now();
  if (validity.notAfter <= now) report.warn(file, 'has expired: servers refuse it', 'renew it');
  else if (validity.notBefore > now) report.warn(file, 'is not valid yet: servers refuse it', 'look at the clock');
  else {
    const words = expiryWords(validity, now);
    if (words !== undefined) report.warn(file, words, 'renew it');
  }
}

/** OpenSSL has the last word. */
function tried(material: CertificateMaterial, file: NamedFile, report: FileReport): CertificateMaterial | undefined {
  try {
    if (material.kind === 'pem') createSecureContext({ cert: material.chain, key: material.key });
    else createSecureContext({ pfx: Buffer.from(material.data, 'base64'), passphrase: material.passphrase });
    return material;
  } catch (error) {
    const { why, remedy } = opensslWords(error);
    report.refuse(file, why, remedy);
    return undefined;
  }
}
