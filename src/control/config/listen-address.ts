import { isIPv4, isIPv6 } from 'node:net';

import { shortIPv6 } from './host-name.ts';
import { bad, good, type Reading } from './reading.ts';

/** Where a listener is, before its socket's mode and the folder of a relative path are known. */
export type AddressConfig =
  | {
      readonly kind: 'tcp';
      /** undefined: every address of the machine. */ readonly host: string | undefined;
      readonly port: number;
    }
  | { readonly kind: 'unix'; readonly path: string };

/** Node 26 and Linux: `sun_path` has 108 bytes with its final zero. */
const longestSocketPath = 107;

const forms = 'write ":8080" for all addresses, "127.0.0.1:8080", "[::1]:8080" or "unix:/run/x.sock"';

/**
 * `:8080` (IPv6 and IPv4), `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080` (which is 127.0.0.1) or `unix:/run/x.sock`.
 * Port 0 asks the system for a free one. No other names: a listener must not depend on DNS.
 */
export function readListenAddress(text: string): Reading<AddressConfig> {
  if (text.startsWith('unix:')) return readSocketPath(text.slice(5));
  const foreign = /^([a-z]+:\/\/)(.*?)\/?$/i.exec(text);
  if (foreign) return bad('an address has no scheme', forms, foreign[2]);
  if (/^\d{1,5}$/.test(text)) return bad('there is no colon before the port', forms, `:${text}`);
  if (isIPv6(text)) return bad('an IPv6 address stands in brackets and has a port', forms, bracketed(text));
  if (text.endsWith(']')) return bad('it has no port', forms, `${text}:80`);
  const colon = text.lastIndexOf(':');
  if (colon < 0) return bad('it has no port', forms, isIPv4(text) ? `${text}:80` : undefined);
  const port = readPort(text.slice(colon + 1), 0);
  if (!port.ok) return port;
  return withPort(text.slice(0, colon), port.value);
}

/** The last group of `::1:8080` is more likely a port than a part of the address. */
function bracketed(text: string): string {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon);
  return isIPv6(host) && /^\d{2,5}$/.test(text.slice(colon + 1)) ? `[${host}]${text.slice(colon)}` : `[${text}]:80`;
}

function withPort(host: string, port: number): Reading<AddressConfig> {
  if (host === '') return good({ kind: 'tcp', host: undefined, port });
  if (host === '*') return bad('* is not an address', forms, `:${port}`);
  if (host === 'localhost') return good({ kind: 'tcp', host: '127.0.0.1', port });
  const address = readBracketedIp(host);
  if (address) return good({ kind: 'tcp', host: address, port });
  if (isIPv6(host)) return bad('an IPv6 address stands in brackets', forms, `[${host}]:${port}`);
  return bad('a listener has an IP address of this machine, or localhost', forms);
}

/** An IP address, IPv6 in brackets, in its usual form; `::ffff:` addresses become IPv4. Undefined: it is something else. */
function readBracketedIp(text: string): string | undefined {
  if (isIPv4(text)) return text;
  const inner = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : '';
  if (!isIPv6(inner)) return undefined;
  return plainIp(inner);
}

/** `::ffff:10.0.0.1` is 10.0.0.1; other addresses in their shortest form. */
export function plainIp(address: string): string {
  if (isIPv4(address)) return address;
  const short = shortIPv6(address);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (!mapped) return short;
  const high = Number.parseInt(mapped[1]!, 16);
  const low = Number.parseInt(mapped[2]!, 16);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** @param least 0 where the system may choose one. */
export function readPort(text: string, least: 0 | 1): Reading<number> {
  const port = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= least && port <= 65_535) return good(port);
  const what = text === '' ? 'the port is missing' : `the port is not a number from ${least} to 65535`;
  return bad(what, `write a port from ${least} to 65535 after the colon`);
}

/** What follows `unix:`. */
export function readSocketPath(path: string): Reading<{ readonly kind: 'unix'; readonly path: string }> {
  if (path === '' || path.endsWith('/')) return bad('the socket has no name', 'write for example unix:/run/app.sock');
  if (path.startsWith('//'))
    return bad('a socket has a path, not a host', 'write one slash', `unix:${path.replace(/^\/+/, '/')}`);
  if (Buffer.byteLength(path) > longestSocketPath) {
    return bad(
      `the path is longer than the ${longestSocketPath} bytes that a socket's may have`,
      'choose a shorter path',
    );
  }
  return good({ kind: 'unix', path });
}

/** The path of a socket where nothing but a socket can be meant. */
export function readSocketFile(path: string): Reading<string> {
  if (path.startsWith('unix:')) return bad('it is a path, not an address', 'leave out the "unix:"', path.slice(5));
  const socket = readSocketPath(path);
  return socket.ok ? good(socket.value.path) : socket;
}
