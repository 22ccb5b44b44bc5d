import type { X509Certificate } from 'node:crypto';

import { shownSubject } from './certificate-names.ts';

/** How the certificates of a file follow each other. */
export type ChainVerdict =
  /** The first is the one of the server, each is signed by the next. */
  | { readonly kind: 'good'; readonly last: X509Certificate }
  /** They belong together, but not in this order. */
  | { readonly kind: 'disordered'; readonly message: string; readonly remedy: string }
  /** Some have nothing to do with the first. */
  | { readonly kind: 'strangers'; readonly last: X509Certificate; readonly strangers: readonly X509Certificate[] };

/** More than any authority has between a server and its root. */
export const mostCertificates = 16;

/** @param chain at least one; at most `mostCertificates`. */
export function judgeChain(chain: readonly X509Certificate[]): ChainVerdict {
  const right = orderedFrom(chain[0]!, chain);
  const last = right.at(-1)!;
  const inOrder = right.every((certificate, i) => certificate === chain[i]);
  if (!inOrder) return disordered(right);
  if (right.length === chain.length) return { kind: 'good', last };
  return { kind: 'strangers', last, strangers: chain.slice(right.length) };
}

/** Does the signature of `certificate` come from `issuer`. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false; // A key of a kind that OpenSSL does not know.
  }
}

export function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && isIssuedBy(certificate, certificate);
}

/** The first, its issuer, the issuer of that, as far as `all` has them. */
function orderedFrom(first: X509Certificate, all: readonly X509Certificate[]): readonly X509Certificate[] {
  const ordered = [first];
  for (;;) {
    const here = ordered.at(-1)!;
    const issuer = all.find((each) => !ordered.includes(each) && isIssuedBy(here, each));
    if (issuer === undefined) return ordered;
    ordered.push(issuer);
  }
}

function disordered(right: readonly X509Certificate[]): ChainVerdict {
  const names = right.map((certificate) => shownSubject(certificate.subject));
  return {
    kind: 'disordered',
    message: 'the chain is out of order: each certificate must be followed by the one that signed it',
    remedy: `put them in this order: ${names.join(', ')}`,
  };
}
