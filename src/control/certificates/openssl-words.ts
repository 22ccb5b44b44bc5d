import { messageOf } from '../message-of.ts';

/** What is wrong, and what to do about it. */
export interface Words {
  readonly why: string;
  readonly remedy: string;
}

const otherKey = 'use an RSA key of at least 2048 bits, or an EC key on P-256';

const known: readonly (readonly [RegExp, Words])[] = [
  [/ee.key.too.small/i, { why: 'OpenSSL refuses its key, which is too small', remedy: otherKey }],
  [/ca.key.too.small/i, { why: 'OpenSSL refuses the key of an authority in it, which is too small', remedy: otherKey }],
  [
    /(ca|ee).md.too.weak/i,
    {
      why: 'OpenSSL refuses its signature, whose hash can be forged',
      remedy: 'have it issued anew, signed with SHA-256',
    },
  ],
  [
    /key.values.mismatch/i,
    {
      why: 'the private key belongs to another certificate',
      remedy: 'name the key that the certificate was made with',
    },
  ],
  [/unknown.certificate.type|unsupported/i, { why: 'OpenSSL does not know this kind of key', remedy: otherKey }],
];

/** OpenSSL's refusal in words. Never shows anything of a key. */
export function opensslWords(error: unknown): Words {
  const text = `${error instanceof Error && 'code' in error ? String(error.code) : ''} ${messageOf(error)}`;
  const found = known.find(([pattern]) => pattern.test(text))?.[1];
  return found ?? { why: `OpenSSL refuses it (${reasonOf(text)})`, remedy: 'check how it was made' };
}

/** `error:0A00018F:SSL routines::ee key too small` -> `ee key too small`. */
function reasonOf(text: string): string {
  return text
    .slice(text.lastIndexOf(':') + 1)
    .trim()
    .replace(/[^\w .-]/g, '')
    .slice(0, 80);
}
