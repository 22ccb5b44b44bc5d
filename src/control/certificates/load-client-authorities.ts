import type { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

import type { ListenerTlsPlan } from '../../proxy/index.ts';
import type { ListenerTlsConfig } from '../config/config.ts';
import { validityOf } from './certificate-facts.ts';
import { shownSubject } from './certificate-names.ts';
import { parseCertificate } from './load-pem.ts';
import { opensslWords } from './openssl-words.ts';
import { isCertificate, isPrivateKey, kindOfFile, pemBlocks } from './pem-blocks.ts';
import type { FileReport, NamedFile } from './report.ts';
import { readRevocationLists, subjectOf, type RevocationList } from './revocation-list.ts';

type ClientCertificates = NonNullable<ListenerTlsConfig['clientCertificates']>;

/** Where the files stand in the config. */
export interface ClientFiles {
  readonly ca: NamedFile;
  readonly crls: readonly NamedFile[];
}

/** An authority of every country and its neighbours: far past what anyone trusts for clients. */
const mostAuthorities = 1000;

/** Reads and judges whom clients' certificates must come from. Undefined: it cannot be used; reported. */
export function loadClientAuthorities(
  files: ClientFiles,
  report: FileReport,
  now: number,
): ListenerTlsPlan['clientCertificates'] {
  const authorities = readAuthorities(files.ca, report, now);
  const lists = files.crls.map((file) => readLists(file, report, now));
  if (authorities === undefined || lists.some((each) => each === undefined)) return undefined;
  const all = lists.flatMap((each) => each ?? []);
  if (all.length > 0) warnOfListless(authorities, all, files.ca, report);
  const plan = { ca: authorities.map(String).join(''), crls: all.map(({ pem }) => pem) };
  return fits(plan, files.ca, report) ? plan : undefined;
}

function readAuthorities(file: NamedFile, report: FileReport, now: number): readonly X509Certificate[] | undefined {
  const found = report.read(file);
  if (found === undefined) return undefined;
  const pem = pemBlocks(found.bytes.toString('latin1'));
  const blocks = pem.blocks.filter(isCertificate);
  if (blocks.length === 0 || pem.cut !== undefined || blocks.length > mostAuthorities) {
    const why =
      blocks.length > mostAuthorities
        ? `there are more than ${mostAuthorities} certificates in it`
        : kindOfFile(found.bytes, pem);
    report.refuse(file, why, 'name a PEM file with the certificates of the authorities');
    return undefined;
  }
  if (pem.blocks.some(isPrivateKey))
    report.warn(file, 'also holds a private key, which is not needed here', 'name a file with the certificate alone');
  const authorities = blocks.map((block, i) => parseCertificate(block, i, file, report));
  if (!authorities.every((each) => each !== undefined)) return undefined;
  for (const each of authorities) judgeAuthority(each, file, report, now);
  return authorities;
}

function judgeAuthority(authority: X509Certificate, file: NamedFile, report: FileReport, now: number): void {
  const name = shownSubject(authority.subject);
  if (!authority.ca)
    report.warn(
      file,
      `holds ${name}, which is no authority: it can vouch for nobody`,
      'name the certificate of the authority',
    );
  if (validityOf(authority).notAfter <= now)
    report.warn(file, `holds ${name}, which has expired: its clients are refused`, 'get its new certificate');
}

function readLists(file: NamedFile, report: FileReport, now: number): readonly RevocationList[] | undefined {
  const found = report.read(file);
  if (found === undefined) return undefined;
  const lists = readRevocationLists(found.bytes);
  if (lists === undefined) {
    const pem = pemBlocks(found.bytes.toString('latin1'));
    const damaged = pem.cut === undefined && pem.blocks.some((each) => each.label === 'X509 CRL');
    report.refuse(
      file,
      damaged ? 'the revocation list in it is damaged' : kindOfFile(found.bytes, pem),
      'name a revocation list (CRL), PEM or DER',
    );
    return undefined;
  }
  if (lists.some(({ nextUpdate }) => nextUpdate !== undefined && nextUpdate <= now)) {
    report.warn(
      file,
      'is out of date: clients are refused until there is a newer one',
      'get the new list from the authority',
    );
  }
  return lists;
}

/** OpenSSL wants a list of every authority of a chain as soon as there is one of any. */
function warnOfListless(
  authorities: readonly X509Certificate[],
  lists: readonly RevocationList[],
  file: NamedFile,
  report: FileReport,
): void {
  for (const authority of authorities) {
    const subject = subjectOf(authority);
    if (subject === undefined || lists.some(({ issuer }) => issuer.equals(subject))) continue;
    const what = `holds ${shownSubject(authority.subject)}, of which there is no revocation list: its clients are refused`;
    report.warn(file, what, 'add its list to crls');
  }
}

function fits(
  plan: { readonly ca: string; readonly crls: readonly string[] },
  file: NamedFile,
  report: FileReport,
): boolean {
  try {
    createSecureContext({ ca: plan.ca, ...(plan.crls.length > 0 && { crl: [...plan.crls] }) });
    return true;
  } catch (error) {
    const { why, remedy } = opensslWords(error);
    report.refuse(file, why, remedy);
    return false;
  }
}

/** The files of a listener that judges its clients. */
export function clientFilesOf(config: ClientCertificates, base: readonly (string | number)[]): ClientFiles {
  return {
    ca: { name: config.ca, path: [...base, 'ca'], what: 'the authority file' },
    crls: config.crls.map((name, i) => ({ name, path: [...base, 'crls', i], what: 'the revocation list' })),
  };
}
