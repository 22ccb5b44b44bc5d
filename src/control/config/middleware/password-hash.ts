import type { PasswordHash } from '../../../proxy/index.ts';
import { bad, good, type Reading } from '../reading.ts';

/** What it takes to guess: bounds of what one request may cost us. */
const mostCost = 16;
const mostMemory = 1_048_576;
const mostPasses = 64;
const mostParallelism = 16;

const remedy = 'make it by htpasswd -B, or as $argon2id$';

/**
 * A hash of a password, as htpasswd writes it (`$2y$`, `$apr1$`, `{SHA}`) or as a PHC string (`$argon2id$`). None of the words of
 * a refusal comes from it.
 */
export function readPasswordHash(text: string): Reading<PasswordHash> {
  if (/^\$2[aby]\$/.test(text)) return readBcrypt(text);
  if (text.startsWith('$argon2id$')) return readArgon2id(text);
  if (text.startsWith('$apr1$')) return readApr1(text);
  if (text.startsWith('{SHA}')) return readSha1(text);
  if (/^\$argon2[di]\$/.test(text)) return bad('of the argon2 hashes only argon2id is taken', remedy);
  if (/^\$[156xy2]/.test(text)) return bad('it is a hash of a kind that is not taken', remedy);
  if (/^[./A-Za-z0-9]{13}$/.test(text)) return bad('it is a password in plain text or a hash of crypt(3)', remedy);
  return bad('it is a password in plain text', remedy);
}

/** Broken by any graphics card within hours. */
export function isWeak({ kind }: PasswordHash): boolean {
  return kind === 'apr1' || kind === 'sha1';
}

function readBcrypt(text: string): Reading<PasswordHash> {
  const match = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text);
  const cost = Number(match?.[1]);
  if (!match || cost < 4) return bad('it begins as a bcrypt hash, and is none', remedy);
  if (cost > mostCost) return bad(`its cost is over ${mostCost}, so that one request takes seconds`, 'use a lower one');
  return good({ kind: 'bcrypt', text });
}

function readApr1(text: string): Reading<PasswordHash> {
  const match = /^\$apr1\$([^$:\s]{1,8})\$([./A-Za-z0-9]{22})$/.exec(text);
  if (!match) return bad('it begins as an apr1 hash, and is none', remedy);
  return good({ kind: 'apr1', salt: match[1]!, digest: match[2]! });
}

function readSha1(text: string): Reading<PasswordHash> {
  const digest = text.slice(5);
  if (!/^[A-Za-z0-9+/]{27}=$/.test(digest)) return bad('it begins as a SHA-1 hash, and is none', remedy);
  return good({ kind: 'sha1', digest });
}

function readArgon2id(text: string): Reading<PasswordHash> {
  const match =
    /^\$argon2id\$v=19\$m=(\d{1,10}),t=(\d{1,5}),p=(\d{1,5})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/.exec(
      text,
    );
  if (!match)
    return bad('it begins as an argon2id hash, and is none', 'write $argon2id$v=19$m=...,t=...,p=...$salt$hash');
  const [memory = 0, passes = 0, parallelism = 0] = match.slice(1, 4).map(Number);
  if (memory < parallelism * 8 || passes < 1 || parallelism < 1) return bad('its parameters cannot be', remedy);
  if (memory > mostMemory || passes > mostPasses || parallelism > mostParallelism) {
    const most = `m=${mostMemory},t=${mostPasses},p=${mostParallelism}`;
    return bad('its parameters make one request too costly', `use at most ${most}`);
  }
  return good({ kind: 'argon2id', memory, passes, parallelism, salt: match[4]!, digest: match[5]! });
}
