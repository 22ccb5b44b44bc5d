import { isIP } from 'node:net';

import { readHostName } from './host-name.ts';
import { bad, good, type Reading } from './reading.ts';
import { readServerUrl, type ServerAddress } from './server-url.ts';

/** A server as its URL names it, or a name whose SRV records say where servers are. */
export interface NamedServer extends ServerAddress {
  readonly resolve?: 'srv' | undefined;
}

const form = 'write for example srv+http://_http._tcp.app.internal';

/** A server of a pool: a URL without a path, or `srv+http://NAME`. */
export function readServer(text: string): Reading<NamedServer> {
  const [, scheme, name = ''] = /^srv\+(https?):\/\/(.*)$/i.exec(text) ?? [];
  if (scheme === undefined) return readServerUrl(text);
  if (/:\d+\/?$/.test(name)) return bad('SRV records say the port themselves', 'leave the port out');
  const host = readHostName(name.replace(/\/$/, ''));
  if (!host.ok) return bad(host.what.replace(/^it /, 'its name '), form);
  if (isIP(host.value) !== 0) return bad('an IP address has no SRV records', form);
  const origin = `srv+${scheme.toLowerCase()}://${host.value}`;
  const secure = scheme.toLowerCase() === 'https';
  // Nothing is ever sent there: servers that the records name take its place.
  const address = { kind: 'tcp', host: host.value, port: 0 } as const;
  return good({ address, secure, hostHeader: host.value, origin, resolve: 'srv' });
}
