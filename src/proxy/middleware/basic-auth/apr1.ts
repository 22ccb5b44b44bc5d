import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

const rounds = 1000;
/** Rounds in one turn of the event loop: about 0.2 ms. */
const roundsATurn = 125;

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * Apache's `$apr1$`: MD5 a thousand times over, with turns of the event loop between them.
 *
 * @returns the 22 characters behind the salt.
 */
export async function apr1(password: string, salt: string): Promise<string> {
  const word = Buffer.from(password);
  const grain = Buffer.from(salt);
  let digest = md5(firstInput(word, grain));
  for (let i = 0; i < rounds; i++) {
    // oxlint-disable-next-line no-await-in-loop -- others want the thread too
    if (i % roundsATurn === roundsATurn - 1) await nextTurn();
    const odd = (i & 1) === 1;
    const parts = [odd ? word : digest];
    if (i % 3 !== 0) parts.push(grain);
    if (i % 7 !== 0) parts.push(word);
    parts.push(odd ? digest : word);
    digest = md5(Buffer.concat(parts));
  }
  return spell(digest);
}

function firstInput(word: Buffer, salt: Buffer): Buffer {
  const mixed = md5(Buffer.concat([word, salt, word]));
  const parts = [word, Buffer.from('$apr1$'), salt];
  for (let left = word.length; left > 0; left -= 16) parts.push(mixed.subarray(0, Math.min(left, 16)));
  for (let bits = word.length; bits > 0; bits >>= 1) {
    parts.push((bits & 1) === 1 ? Buffer.alloc(1) : word.subarray(0, 1));
  }
  return Buffer.concat(parts);
}

function md5(bytes: Buffer): Buffer {
  return hash('md5', bytes, 'buffer');
}

/** Its own order of bytes and alphabet, the lowest six bits first. */
function spell(digest: Buffer): string {
  let text = '';
  for (let i = 0; i < 5; i++) {
    const last = i === 4 ? 5 : i + 12;
    text += letters((digest[i]! << 16) | (digest[i + 6]! << 8) | digest[last]!, 4);
  }
  return text + letters(digest[11]!, 2);
}

function letters(value: number, count: number): string {
  let text = '';
  for (let i = 0, rest = value; i < count; i++, rest >>>= 6) text += alphabet[rest & 63]!;
  return text;
}
