import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

import { bad, good, type Reading } from './reading.ts';

/** RFC 1035 section 2.3.4, without the final dot. */
const longestName = 253;
const longestLabel = 63;

/**
 * A host name in lower case, international names in their `xn--` form, no final dot; an IPv4 address; or an IPv6 address in
 * its shortest form without brackets.
 */
export function readHostName(text: string): Reading<string> {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (isIPv6(bare)) return good(shortIPv6(bare));
  if (isIPv4(text)) return good(text);
  const ascii = domainToASCII(text.endsWith('.') ? text.slice(0, -1) : text);
  // What the URL rules make of other signs (percent-decoding, `0x7f.1`) is nobody's host name.
  if (!/^[\p{L}\p{N}\p{M}._-]+$/u.test(text) || ascii === '') return badName();
  if (isIPv4(ascii)) return bad('it is not a whole IP address', 'write all four numbers');
  return properName(ascii) ? good(ascii) : badName();
}

function badName(): Reading<never> {
  return bad(
    'it is not a host name',
    'a name has labels of 1 to 63 letters, digits and hyphens between dots, 253 characters at most',
  );
}

function properName(name: string): boolean {
  if (name.length > longestName) return false;
  return name
    .split('.')
    .every((label) => /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/.test(label) && label.length <= longestLabel);
}

/** RFC 5952, as the URL rules write it. An address with a zone stays as it is, in lower case. */
export function shortIPv6(address: string): string {
  const lower = address.toLowerCase();
  return lower.includes('%') ? lower : new URL(`http://[${lower}]`).hostname.slice(1, -1);
}
