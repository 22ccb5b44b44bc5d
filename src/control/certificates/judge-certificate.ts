import type { X509Certificate } from 'node:crypto';

import { validityOf } from './certificate-facts.ts';
import { alternativeNames, shownSubject } from './certificate-names.ts';
import { expiryWords } from './expiry-words.ts';
import { isSelfSigned, judgeChain } from './judge-chain.ts';
import { isForOtherUse, weakHashOf, weaknessOfKey } from './judge-strength.ts';
import type { KnownRoots } from './known-roots.ts';
import type { FileReport, NamedFile } from './report.ts';

export interface JudgeEnv {
  readonly report: FileReport;
  readonly roots: KnownRoots;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Says what is doubtful about a certificate that works, and refuses a chain that does not. @returns false where it is refused. */
export function judgeCertificate(
  chain: readonly X509Certificate[],
  file: NamedFile,
  { report, roots, now }: JudgeEnv,
): boolean {
  const leaf = chain[0]!;
  const verdict = judgeChain(chain);
  if (verdict.kind === 'disordered') {
    report.refuse(file, verdict.message, verdict.remedy);
    return false;
  }
  if (verdict.kind === 'strangers') {
    const names = verdict.strangers.map((each) => shownSubject(each.subject)).join(', ');
    report.warn(file, `has certificates with it that are not of its chain: ${names}`, 'leave them out');
  }
  judgeDates(chain, file, report, now);
  judgeNames(leaf, file, report);
  judgeStrength(chain, file, report);
  judgeIssuer(
    leaf,
    file,
    report,
    isSelfSigned(verdict.last) || roots.has(verdict.last.issuer) ? undefined : verdict.last.issuer,
  );
  return true;
}

/** A restart must not take the site down, so these are warnings; clients are stricter. */
function judgeDates(chain: readonly X509Certificate[], file: NamedFile, report: FileReport, now: number): void {
  const words = expiryWords(validityOf(chain[0]!), now);
  if (words !== undefined) report.warn(file, words, 'renew it');
  for (const authority of chain.slice(1)) {
    if (validityOf(authority).notAfter > now) continue;
    const what = `has a chain in which ${shownSubject(authority.subject)} has expired: some clients refuse it`;
    report.warn(file, what, 'get the chain anew from the authority');
  }
}

function judgeNames(leaf: X509Certificate, file: NamedFile, report: FileReport): void {
  if (alternativeNames(leaf).length === 0) {
    const what = 'names no host in its subject alternative name: browsers refuse it, whatever its common name is';
    report.warn(file, what, 'have it issued anew with its names as subject alternative names');
  }
  if (isForOtherUse(leaf))
    report.warn(
      file,
      'is not for servers: clients refuse it',
      'have it issued anew with the use "server authentication"',
    );
}

function judgeStrength(chain: readonly X509Certificate[], file: NamedFile, report: FileReport): void {
  const weak = weaknessOfKey(chain[0]!.publicKey);
  if (weak !== undefined) report.warn(file, weak, 'make a new one with a key on P-256, or an RSA key of 2048 bits');
  for (const certificate of chain) {
    // What signs itself is believed for being known, not for its signature.
    const hash = isSelfSigned(certificate) && certificate !== chain[0] ? undefined : weakHashOf(certificate);
    if (hash === undefined) continue;
    const what = `has a chain in which ${shownSubject(certificate.subject)} is signed with ${hash}, which can be forged`;
    report.warn(file, what, 'have it issued anew, signed with SHA-256');
  }
}

/** @param unknown the issuer at which the chain ends, where nobody knows it. */
function judgeIssuer(leaf: X509Certificate, file: NamedFile, report: FileReport, unknown: string | undefined): void {
  if (isSelfSigned(leaf)) {
    const what = 'is signed by itself: no client trusts it that does not know it';
    return report.warn(file, what, 'use one of a certificate authority where other people come by');
  }
  if (unknown === undefined) return undefined;
  const what = `ends at ${shownSubject(unknown)}, which is no root that Node knows: a certificate of its chain may be missing`;
  const remedy =
    'put the intermediate certificates of the authority behind it; with an authority of your own all may be well';
  return report.warn(file, what, remedy);
}
