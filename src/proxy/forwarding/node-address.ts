import { isAddress, normaliseAddress } from '../../core/ip.ts';
import { isDigits } from './field-values.ts';

/** The longest that can be right: brackets, an IPv6 address with a zone, a port. */
const longest = 64;

/**
 * The address in an element of X-Forwarded-For or in `for=` of Forwarded: `ip`, `ip:port`, `[ipv6]` or `[ipv6]:port`,
 * normalised. Undefined for anything else: `unknown`, a made-up name, garbage.
 */
export function addressOfNode(node: string): string | undefined {
  if (node.length > longest) return undefined;
  if (node.startsWith('[')) return bracketed(node);
  const colon = node.indexOf(':');
  const hasPort = colon >= 0 && colon === node.lastIndexOf(':');
  if (!hasPort) return addressIn(node);
  return isNodePort(node.slice(colon + 1)) ? addressIn(node.slice(0, colon)) : undefined;
}

function bracketed(node: string): string | undefined {
  const close = node.indexOf(']');
  const address = node.slice(1, close);
  if (close < 0 || !address.includes(':')) return undefined;
  const portIsFine = close === node.length - 1 || (node.charAt(close + 1) === ':' && isNodePort(node.slice(close + 2)));
  return portIsFine ? addressIn(address) : undefined;
}

function addressIn(text: string): string | undefined {
  return isAddress(text) ? normaliseAddress(text) : undefined;
}

/** RFC 7239 section 6: one to five digits. */
function isNodePort(text: string): boolean {
  return isDigits(text) && text.length <= 5;
}
