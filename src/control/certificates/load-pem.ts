import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';

import type { ConfigFile } from '../config/config-files.ts';
import { mostCertificates } from './judge-chain.ts';
import { opensslWords, type Words } from './openssl-words.ts';
import { isCertificate, isEncrypted, isPrivateKey, kindOfFile, pemBlocks, type PemBlock } from './pem-blocks.ts';
import type { FileReport, NamedFile } from './report.ts';

/** The certificates of a PEM file. Undefined: there are none, or too many, or a bad one; reported. */
export function readCertificates(file: NamedFile, report: FileReport): readonly X509Certificate[] | undefined {
  const found = report.read(file);
  if (found === undefined) return undefined;
  const pem = pemBlocks(found.bytes.toString('latin1'));
  const blocks = pem.blocks.filter(isCertificate);
  const { cut } = pem;
  if (cut !== undefined || blocks.length === 0) {
    report.refuse(file, kindOfFile(found.bytes, pem), certificateRemedy(found.bytes));
    return undefined;
  }
  if (blocks.length > mostCertificates) {
    report.refuse(
      file,
      `there are ${blocks.length} certificates in it, and ${mostCertificates} are possible`,
      'leave only the chain of one certificate in it',
    );
    return undefined;
  }
  const certificates = blocks.map((block, i) => parseCertificate(block, i, file, report));
  return certificates.every((each) => each !== undefined) ? certificates : undefined;
}

function certificateRemedy(bytes: Buffer): string {
  return bytes[0] === 0x30
    ? 'convert it with openssl x509 -inform der -in <file> -out <file>.pem, or write pfx: where it is a PFX file'
    : 'name a PEM file with a certificate (-----BEGIN CERTIFICATE-----)';
}

export function parseCertificate(
  block: PemBlock,
  index: number,
  file: NamedFile,
  report: FileReport,
): X509Certificate | undefined {
  try {
    return new X509Certificate(block.text);
  } catch {
    report.refuse(file, `certificate ${index + 1} in it is damaged`, 'get the file anew from where it came');
    return undefined;
  }
}

/** The one private key of a PEM file. Undefined: there is none or more than one, or it cannot be read; reported. */
export function readKey(file: NamedFile, passphrase: string | undefined, report: FileReport): KeyObject | undefined {
  const found = report.read(file);
  if (found === undefined) return undefined;
  const pem = pemBlocks(found.bytes.toString('latin1'));
  const [key, second] = pem.blocks.filter(isPrivateKey);
  if (key === undefined) refuseKeyless(file, found, report);
  else if (second !== undefined)
    report.refuse(file, 'there is more than one private key in it', 'leave only the key of the certificate in it');
  if (key === undefined || second !== undefined) return undefined;
  warnOfMode(file, found, report);
  const parsed = parseKey(key, passphrase);
  if ('why' in parsed) report.refuse(file, parsed.why, parsed.remedy);
  return 'why' in parsed ? undefined : parsed;
}

function refuseKeyless(file: NamedFile, { bytes }: ConfigFile, report: FileReport): void {
  const pem = pemBlocks(bytes.toString('latin1'));
  if (pem.blocks.some(isCertificate)) {
    const remedy =
      file.what === 'the key'
        ? 'name the file with the key'
        : 'put the key into it, or write { cert: <this file>, key: <its key> }';
    return report.refuse(file, 'there is no private key in it', remedy);
  }
  const der = bytes[0] === 0x30;
  const remedy = der
    ? 'convert it with openssl pkey -inform der -in <file> -out <file>.pem'
    : 'name a PEM file with a private key (-----BEGIN PRIVATE KEY-----)';
  return report.refuse(file, kindOfFile(bytes, pem), remedy);
}

function parseKey(block: PemBlock, passphrase: string | undefined): KeyObject | Words {
  const encrypted = isEncrypted(block);
  if (encrypted && passphrase === undefined) {
    return {
      why: 'the private key is encrypted, and there is no passphrase',
      remedy: 'add passphrase: ${file:...} with the file that holds it',
    };
  }
  try {
    return createPrivateKey({ key: block.text, format: 'pem', ...(encrypted && { passphrase }) });
  } catch (error) {
    // With a wrong passphrase the padding comes out wrong, or now and then what was decrypted is no key.
    if (encrypted)
      return {
        why: 'the passphrase does not open the private key',
        remedy: 'correct passphrase, or decrypt the key with openssl pkey',
      };
    const { why } = opensslWords(error);
    return {
      why: `the private key is damaged, or of a kind that OpenSSL does not know (${why})`,
      remedy: 'get the key anew from where it came',
    };
  }
}

/** Whoever can read a key can be the site. */
export function warnOfMode(file: NamedFile, { stats }: ConfigFile, report: FileReport): void {
  if ((stats.mode & 0o077) === 0) return;
  const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
  report.warn(
    file,
    `holds a private key and can be read by other users (mode ${mode})`,
    `run chmod 600 ${report.show(file)}`,
  );
}
