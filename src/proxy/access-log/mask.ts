import { flat, toBytes } from './escape.ts';
import { decodeDeeply } from './percent.ts';

/** Parameters whose values are secrets, in the products that are mostly met. */
export const defaultMask: readonly string[] = [
  // Passwords, PRTG's hash of one among them.
  'passhash password passwd passphrase passcode pwd pass pw pin otp credentials',
  'j_password os_password old_password new_password password_confirmation',
  // Tokens and keys.
  'token access_token id_token refresh_token auth_token api_token reset_token session_token oauth_token jwt auth authorization',
  'key api_key private_key access_key subscription_key secret client_secret',
  // Single sign-on: codes, tickets and assertions let their holder in.
  'code code_verifier ticket assertion client_assertion samlresponse',
  // Signed URLs.
  'sig signature oauth_signature x-amz-signature x-amz-security-token x-goog-signature',
  'session session_id sid jsessionid phpsessid',
].flatMap((names) => names.split(' '));

const mask = '***';

/**
 * Replaces the values of secret parameters by `***`, as well as the user part of URLs. Works on strings of bytes (latin1).
 *
 * A name counts without regard to case and percent-encoding, in any depth (`pass%77ord`, `%2570assword`), as `api_key`,
 * `api-key` or `apikey`, with blanks, dots or brackets (`user[password]`), and in a URL within a value. A secret reaches to the next `&`, however odd its characters:
 * rather too much is masked than a part shown.
 */
export class Masker {
  readonly #names: ReadonlySet<string>;
  /** Finds something in every text that needs masking, and nothing in most others. */
  readonly #hint: RegExp;

  constructor(parameters: readonly string[]) {
    const names = parameters.map((name) => toBytes(name).toLowerCase()).filter((name) => name !== '');
    this.#names = new Set(names.flatMap(spellingsOf));
    this.#hint = hintOf([...this.#names]);
  }

  /** A query, with or without its `?`. */
  query(query: string): string {
    return query.length < 2 ? query : withoutUser(this.#parts(query, '&'));
  }

  /** A path: its parameters, `/app;jsessionid=1`. */
  path(path: string): string {
    if (!path.includes('=') && !path.includes('%') && !path.includes('@')) return path;
    return withoutUser(this.#parts(path, '/'));
  }

  /** A URL or the target of a request. */
  url(text: string): string {
    if (!this.#hint.test(text)) return withoutUser(text);
    const end = text.search(/[?#]/);
    return end < 0
      ? this.path(text)
      : withoutUser(this.#parts(text.slice(0, end), '/') + this.#parts(text.slice(end), '&'));
  }

  /** Masks within each part between separators. */
  #parts(sliced: string, separator: '&' | '/'): string {
    if (!this.#hint.test(sliced)) return sliced;
    const text = flat(sliced); // A slice of the head is slow to walk by index.
    let masked = '';
    let copied = 0;
    for (let from = 0; from <= text.length;) {
      const found = text.indexOf(separator, from);
      const end = found < 0 ? text.length : found;
      const secret = this.#secretIn(text, from, end);
      if (secret >= 0) {
        masked += text.slice(copied, secret) + mask;
        copied = end;
      }
      from = end + 1;
    }
    return copied === 0 ? text : masked + text.slice(copied);
  }

  /** Where the value of the first secret name in this part begins; -1: nowhere. */
  #secretIn(text: string, from: number, end: number): number {
    let name = from;
    let simple = true;
    for (let at = from; at < end; at++) {
      const kind = kinds[text.charCodeAt(at)];
      if (kind === Kind.Letter) continue;
      const value = kind === Kind.Equals ? at + 1 : kind === Kind.Percent ? afterEncodedEquals(text, at) : -1;
      if (value > 0 && this.#isSecret(text.slice(name, at), simple)) return value;
      simple = value > 0 || kind === Kind.Separator;
      if (!simple) continue;
      name = value > 0 ? value : at + 1;
      at = name - 1;
    }
    return -1;
  }

  /** `simple`: it consists of letters and digits only. */
  #isSecret(text: string, simple: boolean): boolean {
    if (simple) return this.#names.has(text.toLowerCase());
    const name = lastName(decodeDeeply(text)).toLowerCase();
    return this.#names.has(name) || name.split(betweenTokens).some((token) => this.#names.has(token));
  }
}

/** A percent sign, or a name where a name may begin. Literals only: there is nothing to backtrack into. */
function hintOf(names: readonly string[]): RegExp {
  const shortest = names.filter((name) => !names.some((other) => other !== name && name.startsWith(other)));
  const spelt = shortest.map((name) =>
    name.replace(/[^a-z0-9]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`),
  );
  return new RegExp(`%|(?:^|[^a-z0-9])(?:${spelt.join('|') || '%'})`, 'i');
}

/** What cannot be part of a name: blanks, brackets, dots. */
const betweenTokens = /[^a-z0-9_$\x80-\xff-]+/;

/** `api_key`, `api-key` and `apikey` are one name. */
function spellingsOf(name: string): string[] {
  return [name, name.replace(/[-_]/g, '_'), name.replace(/[-_]/g, '-'), name.replace(/[-_]/g, '')];
}

/** What follows the last thing that may stand before a name in a query or URL. */
function lastName(text: string): string {
  for (let at = text.length - 1; at >= 0; at--) if (beforeNames.includes(text[at]!)) return text.slice(at + 1);
  return text;
}

const beforeNames = '?&;#/,';
const Kind = { Other: 0, Letter: 1, Equals: 2, Percent: 3, Separator: 4 } as const;

/** What each byte means for finding names. */
const kinds: Readonly<Uint8Array> = Uint8Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[a-z0-9]/i.test(character)) return Kind.Letter;
  if (beforeNames.includes(character)) return Kind.Separator;
  return character === '=' ? Kind.Equals : character === '%' ? Kind.Percent : Kind.Other;
});

/** Where the value begins, if the `%` at this place is part of a `=` that is encoded, in any depth; else -1. */
function afterEncodedEquals(text: string, at: number): number {
  let after = at + 1;
  while (text.startsWith('25', after)) after += 2;
  if (text.startsWith('u00', after)) after += 3;
  return text.charCodeAt(after) === 0x33 && (text.charCodeAt(after + 1) | 0x20) === 0x64 ? after + 2 : -1;
}

/** `//user:password@`, as it is or percent-encoded, up to the last `@` before the host ends. */
const userPart =
  /((?:\/|%(?:25)*2f|%u002f){2})(?:(?![/?#&]|%(?:25)*(?:2f|3f|23)|%u00(?:2f|3f|23))[^])+(@|%(?:25)*40|%u0040)/gi;

function withoutUser(text: string): string {
  if (!text.includes('@') && !text.includes('40')) return text;
  return text.replace(userPart, `$1${mask}$2`);
}
