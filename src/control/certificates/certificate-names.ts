import type { X509Certificate } from 'node:crypto';

import { isAddress, normaliseAddress } from '../../core/ip.ts';

/** Host names (lower case, `*.` in front of some) and IP addresses of the subject alternative name; one each. */
export function alternativeNames(certificate: X509Certificate): readonly string[] {
  const names = (certificate.subjectAltName ?? '').split(', ').flatMap(readName);
  return [...new Set(names)];
}

/** Node writes what could be taken for more than one name in quotes: no name of ours. */
function readName(text: string): readonly string[] {
  if (text.startsWith('DNS:')) {
    const host = text.slice('DNS:'.length).toLowerCase();
    return isHostName(host) ? [host] : [];
  }
  if (!text.startsWith('IP Address:')) return [];
  const address = text.slice('IP Address:'.length);
  return isAddress(address) ? [normaliseAddress(address)] : [];
}

/** Last common name of the subject, as browsers once took it; undefined where it is no host. */
export function commonHostName(certificate: X509Certificate): string | undefined {
  const host = commonName(certificate.subject)?.toLowerCase();
  return host !== undefined && isHostName(host) ? host : undefined;
}

/** `CN` of a subject or issuer. */
function commonName(subject: string): string | undefined {
  const line = subject.split('\n').findLast((each) => each.startsWith('CN='));
  return line?.slice('CN='.length);
}

/** For messages: the common name, or else the whole subject, on one line, cut where it is long. */
export function shownSubject(subject: string): string {
  const text = (commonName(subject) ?? subject.split('\n').join(', ')).replace(/[\p{C}\p{Zl}\p{Zp}"\\]/gu, '?');
  return text.length > 64 ? `"${text.slice(0, 61)}..."` : `"${text}"`;
}

function isHostName(host: string): boolean {
  return host.length <= 253 && /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host);
}

/** A certificate with these names is for this host (RFC 9525 section 6.3): a star is one whole label. */
export function coversHost(names: readonly string[], host: string): boolean {
  if (names.includes(host)) return true;
  const dot = host.indexOf('.');
  return dot > 0 && !host.startsWith('*.') && names.includes(`*${host.slice(dot)}`);
}
