import { isIPv6 } from 'node:net';

import type { HostHeader } from '../../proxy/index.ts';
import { readHostName } from './host-name.ts';
import { readPort } from './listen-address.ts';
import { bad, good, type Reading } from './reading.ts';

/** `preserve`, `server`, or the name (and port) to be sent. */
export function readHostHeader(text: string): Reading<HostHeader> {
  if (text === 'preserve' || text === 'server') return good({ kind: text });
  const match = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text);
  const remedy = 'write preserve, server, or a name such as www.example.com or www.example.com:8080';
  if (/[/@]/.test(text)) return bad('it is not a host', remedy);
  if (!match) return bad('it is not a host', remedy);
  const host = readHostName(match[1]!);
  if (!host.ok) return bad(host.what, remedy, host.better);
  const port = match[2] === undefined ? undefined : readPort(match[2], 1);
  if (port?.ok === false) return port;
  const name = isIPv6(host.value) ? `[${host.value}]` : host.value;
  return good({ kind: 'literal', value: port === undefined ? name : `${name}:${port.value}` });
}

/** A token of `Upgrade` in lower case (RFC 9110 section 7.8). */
export function readUpgradeToken(text: string): Reading<string> {
  const lower = text.toLowerCase();
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(lower))
    return bad('it is not a protocol name', 'write for example websocket');
  if (lower === 'h2c') return bad('HTTP/2 is never passed on by an upgrade', 'leave it out');
  return good(lower);
}

/** Octal permissions of a socket file. */
export function readMode(text: string): Reading<number> {
  if (/^0?[0-7]{3}$/.test(text)) return good(Number.parseInt(text, 8));
  return bad('it is not a file mode', 'write three octal digits in quotes, for example "0660"');
}
