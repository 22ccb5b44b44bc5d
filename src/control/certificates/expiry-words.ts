import type { CertificateFacts } from './certificate-facts.ts';

const dayMs = 86_400_000;

/** Days before the end at which a warning comes. */
const marks: readonly number[] = [30, 14, 7, 1];

type Validity = Pick<CertificateFacts, 'notBefore' | 'notAfter'>;

/**
 * How long before its end a certificate is worth a warning, each time in ms: 30, 14, 7 and 1 days. One that lives for a few days
 * only is renewed within its last third, so what is earlier says nothing.
 */
export function warningTimes({ notBefore, notAfter }: Validity): readonly number[] {
  const lastThird = Math.max(0, notAfter - notBefore) / 3;
  return marks.map((days) => days * dayMs).filter((ms) => ms <= lastThird);
}

/** What the dates of a certificate say now, in words that go on from its name; undefined: it is valid for long enough. */
export function expiryWords(validity: Validity, now: number): string | undefined {
  const { notBefore, notAfter } = validity;
  if (now >= notAfter) return `expired ${ago(now - notAfter)} (${day(notAfter)}): clients refuse it`;
  if (now < notBefore) return `is not valid before ${new Date(notBefore).toISOString()}: clients refuse it`;
  const first = warningTimes(validity)[0] ?? Math.min(dayMs, (notAfter - notBefore) / 3);
  return notAfter - now <= first ? `expires in ${span(notAfter - now)} (${day(notAfter)})` : undefined;
}

/** Whole days until the end; negative: since. */
export function daysLeft({ notAfter }: Validity, now: number): number {
  return Math.floor((notAfter - now) / dayMs);
}

function day(ms: number): string {
  return new Date(Math.min(ms, 253_402_300_799_000)).toISOString().slice(0, 10);
}

function ago(ms: number): string {
  return ms < 60_000 ? 'just now' : `${span(ms)} ago`;
}

function span(ms: number): string {
  if (ms >= 2 * dayMs) return `${Math.floor(ms / dayMs)} days`;
  if (ms >= 2 * 3_600_000) return `${Math.floor(ms / 3_600_000)} hours`;
  const minutes = Math.ceil(ms / 60_000);
  return minutes > 1 ? `${minutes} minutes` : 'a minute';
}
