import type { CertificateFacts } from './certificate-facts.ts';
import { expiryWords, warningTimes } from './expiry-words.ts';

/** Beyond it a Node timer would fire at once; a look a day also catches a clock that was set. */
const longestWaitMs = 86_400_000;

/** A warning that is due. */
export interface ExpiryWarning {
  readonly certificate: CertificateFacts;
  /** Goes on from the certificate's name: `expires in 7 days (2026-12-01)`. */
  readonly words: string;
}

/**
 * Knows when certificates must be warned of: 30, 14, 7 and 1 days before their end, and once after it. What was due when a
 * certificate was loaded has been said then.
 */
export class ExpiryWatch {
  /** By certificate, as `keyOf`: the end of the time that has been spoken of. */
  #told = new Map<string, number>();
  #certificates: readonly CertificateFacts[] = [];

  /** From now on these are watched and no others. @param now milliseconds since 1970. */
  follow(certificates: readonly CertificateFacts[], now: number): void {
    this.#certificates = certificates;
    this.#told = new Map(certificates.map((each) => [keyOf(each), now]));
  }

  /** Warnings that have become due since the last question; several marks of one certificate are one warning. */
  due(now: number): readonly ExpiryWarning[] {
    const warnings: ExpiryWarning[] = [];
    for (const certificate of this.#certificates) {
      const told = this.#told.get(keyOf(certificate)) ?? now;
      if (!marksOf(certificate).some((mark) => mark > told && mark <= now)) continue;
      this.#told.set(keyOf(certificate), now);
      const words = expiryWords(certificate, now);
      if (words !== undefined) warnings.push({ certificate, words });
    }
    return warnings;
  }

  /** How long until something may be due; undefined: there is nothing to wait for. */
  waitMs(now: number): number | undefined {
    const next = this.#certificates.flatMap(marksOf).filter((mark) => mark > now);
    if (next.length === 0) return undefined;
    const soonest = next.reduce((least, mark) => Math.min(least, mark));
    return Math.min(longestWaitMs, soonest - now + 1);
  }
}

function marksOf(certificate: CertificateFacts): readonly number[] {
  const { notAfter } = certificate;
  return [...warningTimes(certificate).map((ms) => notAfter - ms), notAfter];
}

function keyOf({ listener, fingerprint }: CertificateFacts): string {
  return `${listener} ${fingerprint}`;
}
