/**
 * A yes or no for every address of a family: the answer for the first address, and the addresses where it changes. Plain
 * data: what the lists of a config become when it is loaded.
 */
export interface SwitchPlan {
  readonly first: boolean;
  /** Ascending; each four bytes (IPv4) or sixteen (IPv6), big-endian, together in base64. */
  readonly changes: string;
}

/** Both families. */
export interface AddressSwitchPlan {
  readonly ipv4: SwitchPlan;
  readonly ipv6: SwitchPlan;
}

/**
 * Looks addresses up: a binary search over numbers, so that a hundred thousand networks cost 17 comparisons. It takes the one
 * spelling that exchanges have (`normaliseAddress`).
 */
export class AddressSwitch {
  readonly #ipv4: Uint32Array;
  readonly #ipv6: Uint32Array;
  readonly #first4: boolean;
  readonly #first6: boolean;
  /** The address that is asked for, so that asking allocates nothing. */
  readonly #asked: Uint32Array = new Uint32Array(4);

  constructor(plan: AddressSwitchPlan) {
    this.#ipv4 = wordsOf(plan.ipv4.changes);
    this.#ipv6 = wordsOf(plan.ipv6.changes);
    this.#first4 = plan.ipv4.first;
    this.#first6 = plan.ipv6.first;
  }

  /** Undefined for what is no address. */
  of(address: string): boolean | undefined {
    if (address.includes(':')) return readIpv6(address, this.#asked) ? this.#of6() : undefined;
    const number = readIpv4(address);
    return number < 0 ? undefined : this.#of4(number);
  }

  #of4(number: number): boolean {
    const changes = this.#ipv4;
    let low = 0;
    let high = changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (changes[middle]! <= number) low = middle + 1;
      else high = middle;
    }
    return this.#first4 !== ((low & 1) === 1);
  }

  #of6(): boolean {
    let low = 0;
    let high = this.#ipv6.length >>> 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#reaches(middle << 2)) low = middle + 1;
      else high = middle;
    }
    return this.#first6 !== ((low & 1) === 1);
  }

  /** The change at this place is at or below the address that is asked for. */
  #reaches(at: number): boolean {
    for (let i = 0; i < 4; i++) {
      const change = this.#ipv6[at + i]!;
      const asked = this.#asked[i]!;
      if (change !== asked) return change < asked;
    }
    return true;
  }
}

function wordsOf(base64: string): Uint32Array {
  const bytes = Buffer.from(base64, 'base64');
  const words = new Uint32Array(bytes.length >>> 2);
  for (let i = 0; i < words.length; i++) words[i] = bytes.readUInt32BE(i * 4);
  return words;
}

/** -1: not four numbers with dots. */
function readIpv4(text: string): number {
  let number = 0;
  let part = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      if (part < 0 || ++dots > 3) return -1;
      number = number * 256 + part;
      part = -1;
    } else if (code >= 0x30 && code <= 0x39) {
      part = (part < 0 ? 0 : part * 10) + code - 0x30;
      if (part > 255) return -1;
    } else return -1;
  }
  return dots === 3 && part >= 0 ? number * 256 + part : -1;
}

/** RFC 5952 without an IPv4 tail, which normalised addresses do not have. @returns false for what is no address. */
function readIpv6(text: string, words: Uint32Array): boolean {
  words.fill(0);
  const gap = text.indexOf('::');
  if (gap < 0) return readGroups(text, 0, words) === 8;
  const before = gap === 0 ? 0 : readGroups(text.slice(0, gap), 0, words);
  const tail = text.slice(gap + 2);
  const after = tail === '' ? 0 : countGroups(tail);
  if (before < 0 || before + after > 7) return false;
  return after === 0 || readGroups(tail, 8 - after, words) === 8;
}

function countGroups(text: string): number {
  let count = 1;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) === 0x3a) count++;
  return count;
}

/** Puts groups of hex digits into `words` from the group `at` on. @returns the group behind them; -1: they are none. */
function readGroups(text: string, at: number, words: Uint32Array): number {
  let value = 0;
  let digits = 0;
  let group = at;
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? 0x3a : text.charCodeAt(i);
    if (code === 0x3a) {
      if (digits === 0 || group > 7) return -1;
      words[group >> 1] = words[group >> 1]! | ((group & 1) === 0 ? value << 16 : value);
      group++;
      value = digits = 0;
      continue;
    }
    const digit = hexDigit(code);
    if (digit < 0 || ++digits > 4) return -1;
    value = value * 16 + digit;
  }
  return group;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
