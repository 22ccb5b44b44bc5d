import net from 'node:net';

/**
 * The one spelling of an IP address that lists, logs and headers use: IPv4 as it is, IPv4-mapped IPv6 (`::ffff:1.2.3.4`,
 * however written) as IPv4, other IPv6 after RFC 5952, without zone id. What is no address (`unix`) comes back unchanged,
 * undefined as the empty string.
 */
export function normaliseAddress(text: string | undefined): string {
  if (text === undefined) return '';
  if (!text.includes(':') || !net.isIPv6(text)) return text;
  const groups = groupsOf(withoutZone(text));
  return isMapped(groups) ? dotted(groups[6]!, groups[7]!) : formatGroups(groups);
}

/** True for an IPv4 or IPv6 address without brackets and port. */
export function isAddress(text: string): boolean {
  return net.isIP(text) !== 0;
}

/**
 * What a limit by client counts: the address for IPv4, its /64 for IPv6, since one machine may use all of that.
 * What is no address stands for itself.
 */
export function clientKey(address: string): string {
  const text = normaliseAddress(address);
  if (!text.includes(':') || !net.isIPv6(text)) return text;
  const groups = groupsOf(text).fill(0, 4);
  return `${formatGroups(groups)}/64`;
}

/** The address for IPv4, its network of so many bits for IPv6. What is no address stands for itself. */
export function networkKey(address: string, ipv6Prefix: number): string {
  const text = normaliseAddress(address);
  if (!text.includes(':') || !net.isIPv6(text)) return text;
  const mask = (i: number): number => 0xffff & ~(0xffff >> Math.min(16, Math.max(0, ipv6Prefix - i * 16)));
  return `${formatGroups(groupsOf(text).map((group, i) => group & mask(i)))}/${ipv6Prefix}`;
}

/**
 * Whether sockets that listen on these, with the same port, would be in each other's way. Undefined: every address of the
 * machine; `0.0.0.0`: every one of IPv4; `::`: every one of IPv6.
 */
export function hostsOverlap(one: string | undefined, other: string | undefined): boolean {
  return covers(one, other) || covers(other, one);
}

function covers(wide: string | undefined, host: string | undefined): boolean {
  if (wide === undefined || wide === host) return true;
  if (wide === '0.0.0.0') return host !== undefined && !host.includes(':');
  return wide === '::' && host !== undefined && host.includes(':');
}

/** `address:port`, with brackets round IPv6. */
export function formatHostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * Address ranges, asked whether they hold an address. IPv4-mapped addresses count as IPv4, in the ranges and when asked.
 * Asking is a binary search: a list of a hundred thousand networks costs little more than one of ten.
 */
export class AddressSet {
  // Two lists: in a common one `::/0` would hold every IPv4 address too.
  readonly #ipv4: Spans<number>;
  readonly #ipv6: Spans<string>;

  /**
   * @param cidrs `10.0.0.0/8`, `2001:db8::/32`, or one address; bits behind the prefix may be set.
   * @throws {TypeError} naming the first one that cannot be read.
   */
  constructor(cidrs: readonly string[]) {
    const ranges = cidrs.map(readRange);
    this.#ipv4 = spansOf(ranges.filter(({ family }) => family === 'ipv4').map(spanOfIpv4));
    this.#ipv6 = spansOf(ranges.filter(({ family }) => family === 'ipv6').map(spanOfIpv6));
  }

  /** False for what is no address. */
  has(address: string): boolean {
    if (this.#ipv4.firsts.length === 0 && this.#ipv6.firsts.length === 0) return false;
    if (!address.includes(':')) return net.isIPv4(address) && isInside(this.#ipv4, ipv4Number(address));
    if (!net.isIPv6(address)) return false;
    const groups = groupsOf(withoutZone(address));
    if (isMapped(groups)) return isInside(this.#ipv4, groups[6]! * 0x10000 + groups[7]!);
    return isInside(this.#ipv6, digitsOf(groups));
  }
}

/** Ranges in order that do not touch: where each begins, and its last address. */
interface Spans<Key> {
  readonly firsts: readonly Key[];
  readonly lasts: readonly Key[];
}

type Span<Key> = readonly [first: Key, last: Key];

function spansOf<Key extends number | string>(spans: readonly Span<Key>[]): Spans<Key> {
  const firsts: Key[] = [];
  const lasts: Key[] = [];
  // Networks hold each other or are apart: the outer one comes first, and those within it say nothing new.
  for (const [first, last] of spans.toSorted(([a, aLast], [b, bLast]) => order(a, b) || order(bLast, aLast))) {
    if (lasts.length > 0 && last <= lasts.at(-1)!) continue;
    firsts.push(first);
    lasts.push(last);
  }
  return { firsts, lasts };
}

function order<Key extends number | string>(a: Key, b: Key): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function isInside<Key extends number | string>({ firsts, lasts }: Spans<Key>, key: Key): boolean {
  let low = 0;
  let high = firsts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (firsts[middle]! <= key) low = middle + 1;
    else high = middle;
  }
  return low > 0 && key <= lasts[low - 1]!;
}

function spanOfIpv4({ address, prefix }: Range): Span<number> {
  const size = 2 ** (32 - prefix);
  const first = Math.floor(ipv4Number(address) / size) * size;
  return [first, first + size - 1];
}

function spanOfIpv6({ address, prefix }: Range): Span<string> {
  const groups = groupsOf(address);
  const mask = (i: number): number => 0xffff >> Math.min(16, Math.max(0, prefix - i * 16));
  return [digitsOf(groups.map((group, i) => group & ~mask(i))), digitsOf(groups.map((group, i) => group | mask(i)))];
}

function ipv4Number(text: string): number {
  let number = 0;
  let part = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      number = number * 256 + part;
      part = 0;
    } else part = part * 10 + code - 0x30;
  }
  return number * 256 + part;
}

/** 32 hexadecimal digits, which sort as the addresses do. */
function digitsOf(groups: readonly number[]): string {
  let digits = '';
  for (const group of groups) digits += (0x10000 + group).toString(16).slice(1);
  return digits;
}

interface Range {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

function readRange(cidr: string): Range {
  const slash = cidr.indexOf('/');
  const written = slash < 0 ? cidr : cidr.slice(0, slash);
  const family = net.isIP(written);
  if (family === 0 || written.includes('%')) {
    throw unreadable(cidr, 'write it like 10.0.0.0/8, 2001:db8::/32 or 192.0.2.1');
  }
  const bits = family === 4 ? 32 : 128;
  const prefix = slash < 0 ? bits : readPrefix(cidr.slice(slash + 1));
  if (prefix > bits) throw unreadable(cidr, `the prefix of an IPv${family} range is a number from 0 to ${bits}`);
  const address = normaliseAddress(written);
  if (family === 4) return { address, prefix, family: 'ipv4' };
  if (address.includes(':')) return { address, prefix, family: 'ipv6' };
  if (prefix < 96) throw unreadable(cidr, `an IPv4-mapped range has a prefix from 96, better write ${address}`);
  return { address, prefix: prefix - 96, family: 'ipv4' };
}

/** Infinity for what is not a plain number. */
function readPrefix(text: string): number {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) ? Number(text) : Infinity;
}

function unreadable(cidr: string, advice: string): TypeError {
  return new TypeError(`Cannot read ${JSON.stringify(cidr)} as an address range: ${advice}`);
}

function withoutZone(text: string): string {
  const zone = text.indexOf('%');
  return zone < 0 ? text : text.slice(0, zone);
}

/** The eight groups of an IPv6 address; the text has been checked. */
function groupsOf(text: string): number[] {
  const gap = text.indexOf('::');
  if (gap < 0) return groupsIn(text);
  const head = groupsIn(text.slice(0, gap));
  const tail = groupsIn(text.slice(gap + 2));
  while (head.length + tail.length < 8) head.push(0);
  return head.concat(tail);
}

function groupsIn(text: string): number[] {
  const groups: number[] = [];
  if (text === '') return groups;
  for (const part of text.split(':')) {
    if (!part.includes('.')) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const [a, b, c, d] = part.split('.').map(Number);
    groups.push(a! * 256 + b!, c! * 256 + d!);
  }
  return groups;
}

function isMapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.every((group, i) => i >= 5 || group === 0);
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** RFC 5952: lower case, no leading zeros, `::` for the first longest run of two or more zero groups. */
function formatGroups(groups: readonly number[]): string {
  let start = 0;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > length) [start, length] = [i, end - i];
    if (end > i) i = end;
  }
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}
