import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

import { plainIp, readPort } from './listen-address.ts';
import { bad, good, type Reading } from './reading.ts';

/** A network (`10.0.0.0/8`) or one address (`10.0.0.1`, which becomes `10.0.0.1/32`), in its usual form. */
export function readNetwork(text: string): Reading<string> {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const remedy = 'write for example 10.0.0.0/8, fd00::/8 or 192.0.2.1';
  if (isIP(address) === 0 || address.includes('%')) return bad('it is not a network', remedy);
  if (slash < 0) return good(withBits(plainIp(address)));
  const bits = /^\d{1,3}$/.test(text.slice(slash + 1)) ? Number(text.slice(slash + 1)) : Number.NaN;
  const most = isIP(address) === 4 ? 32 : 128;
  if (!(bits <= most)) return bad(`a network of this family has 0 to ${most} bits after the slash`, remedy);
  const plain = plainIp(address);
  // However it is written: `::ffff:a00:0/104` too.
  if (isIP(plain) !== isIP(address)) return bad('IPv4 networks are written as IPv4', remedy);
  return wholeNetwork(plain, bits);
}

/** Refuses `10.0.0.1/8`: it may mean the one address or the network, and who is trusted depends on it. */
function wholeNetwork(address: string, bits: number): Reading<string> {
  const kind = isIP(address) === 4 ? ipaddr.IPv4 : ipaddr.IPv6;
  const first = kind.networkAddressFromCIDR(`${address}/${bits}`).toString();
  const network = `${first}/${bits}`;
  if (first === address) return good(network);
  return bad('the address has bits outside its network', 'write the first address of the network', network);
}

function withBits(address: string): string {
  return `${address}/${isIP(address) === 4 ? 32 : 128}`;
}

/** An IP address without port, for the local end of server connections. */
export function readIpAddress(text: string): Reading<string> {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (isIP(bare) > 0) return good(plainIp(bare));
  return bad('it is not an IP address', 'write one of this machine, for example 10.0.0.1');
}

/** A DNS server: an IP address and, where it is not 53, a port. */
export function readNameServer(text: string): Reading<string> {
  if (isIP(text) === 4) return good(`${text}:53`);
  if (isIP(text) === 6) return good(`[${plainIp6(text)}]:53`);
  const match = /^(?:\[(.+)\]|([^:]+))(?::(.*))?$/s.exec(text);
  const address = match?.[1] ?? match?.[2] ?? '';
  if (isIP(address) === 0) return bad('a DNS server is an IP address', 'write for example 127.0.0.1 or 127.0.0.1:5353');
  const port = match?.[3] === undefined ? good(53) : readPort(match[3], 1);
  if (!port.ok) return port;
  return good(isIP(address) === 4 ? `${address}:${port.value}` : `[${plainIp6(address)}]:${port.value}`);
}

function plainIp6(address: string): string {
  return address.includes('%') ? address : new URL(`http://[${address}]`).hostname.slice(1, -1);
}
