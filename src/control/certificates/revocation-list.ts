import type { X509Certificate } from 'node:crypto';

import { derTime, isSequence, readDer, readDerList, type DerElement } from './der.ts';
import { isRevocationList, pemBlocks } from './pem-blocks.ts';

/** What is known of a revocation list (RFC 5280 section 5). */
export interface RevocationList {
  readonly pem: string;
  /** DER of the issuer's name. */
  readonly issuer: Buffer;
  /** Milliseconds since 1970; undefined: it does not say. */
  readonly nextUpdate: number | undefined;
}

/** Lists of a PEM file, or the one of a DER file. Undefined: there is none, or what is there is damaged. */
export function readRevocationLists(bytes: Buffer): readonly RevocationList[] | undefined {
  const isDer = bytes[0] === 0x30;
  const pem = pemBlocks(isDer ? '' : bytes.toString('latin1'));
  const ders = isDer ? [bytes] : pem.blocks.filter(isRevocationList).map(({ text }) => decode(text));
  const lists = ders.map(readList);
  return lists.length > 0 && pem.cut === undefined && lists.every((each) => each !== undefined) ? lists : undefined;
}

function decode(pem: string): Buffer {
  return Buffer.from(pem.replace(/^-----.*$/gm, ''), 'base64');
}

/** TBSCertList: [version], signature, issuer, thisUpdate, [nextUpdate], ... */
function readList(der: Buffer): RevocationList | undefined {
  const outer = readDer(der);
  const fields = isSequence(outer) ? fieldsOf(outer) : [];
  const at = fields[0]?.tag === 0x02 ? 1 : 0;
  const [signature, issuer, thisUpdate, nextUpdate] = fields.slice(at);
  if (outer === undefined || !isSequence(signature) || !isSequence(issuer) || derTime(thisUpdate) === undefined)
    return undefined;
  return { pem: toPem(outer.whole), issuer: issuer.whole, nextUpdate: derTime(nextUpdate) };
}

function fieldsOf(outer: DerElement): readonly DerElement[] {
  const inner = readDer(outer.content);
  return isSequence(inner) ? readDerList(inner.content, 8) : [];
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN X509 CRL-----\n${lines}\n-----END X509 CRL-----\n`;
}

/** DER of the subject's name: what lists of this authority have as their issuer. TBSCertificate: [version], serial, signature, issuer, validity, subject. */
export function subjectOf(certificate: X509Certificate): Buffer | undefined {
  const outer = readDer(certificate.raw);
  if (!isSequence(outer)) return undefined;
  const fields = fieldsOf(outer);
  return fields[fields[0]?.tag === 0xa0 ? 5 : 4]?.whole;
}
