// As a whole: Node before 24.7 has no `argon2`, and must be able to load this all the same.
import * as crypto from 'node:crypto';

import { apr1 } from './apr1.ts';

/** What is kept of a password. */
export type PasswordHash =
  | { readonly kind: 'bcrypt'; /** `$2y$10$...`, whole. */ readonly text: string }
  | { readonly kind: 'apr1'; readonly salt: string; /** The 22 characters behind it. */ readonly digest: string }
  | { readonly kind: 'sha1'; /** Base64. */ readonly digest: string }
  | {
      readonly kind: 'argon2id';
      /** KiB. */
      readonly memory: number;
      readonly passes: number;
      readonly parallelism: number;
      /** Base64, as the digest. */
      readonly salt: string;
      readonly digest: string;
    };

/** Whether it is the password. The work is done by libuv's threads, or in small pieces. */
export async function verifyPassword(password: string, kept: PasswordHash): Promise<boolean> {
  if (kept.kind === 'bcrypt') return verifyBcrypt(password, kept.text);
  if (kept.kind === 'apr1') return equal(Buffer.from(await apr1(password, kept.salt)), Buffer.from(kept.digest));
  const digest = kept.kind === 'sha1' ? crypto.hash('sha1', password, 'buffer') : await argon2id(password, kept);
  return equal(digest, Buffer.from(kept.digest, 'base64'));
}

/** A native module, loaded by those who use it. */
async function verifyBcrypt(password: string, text: string): Promise<boolean> {
  const { verify } = await import('@node-rs/bcrypt');
  return verify(password, text);
}

function argon2id(password: string, kept: PasswordHash & { kind: 'argon2id' }): Promise<Buffer> {
  const parameters = {
    message: password,
    nonce: Buffer.from(kept.salt, 'base64'),
    parallelism: kept.parallelism,
    tagLength: Buffer.from(kept.digest, 'base64').length,
    memory: kept.memory,
    passes: kept.passes,
  };
  return new Promise((resolve, reject) => {
    crypto.argon2('argon2id', parameters, (error, digest) => {
      if (error) reject(error);
      else resolve(digest);
    });
  });
}

function equal(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && crypto.timingSafeEqual(a, b);
}
