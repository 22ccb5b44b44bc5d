import { isIPv6 } from 'node:net';

import { readHostName } from './host-name.ts';
import { plainIp, readPort, readSocketPath } from './listen-address.ts';
import { bad, good, type Reading } from './reading.ts';
import { readPlainPath } from './route-path.ts';

/** A server as its URL names it. */
export interface ServerAddress {
  readonly address:
    | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
    | { readonly kind: 'unix'; readonly path: string };
  /** `https:`. */
  readonly secure: boolean;
  /** `h2c:`, which is `http:` with HTTP/2 from the first byte on. */
  readonly http2?: true | undefined;
  /** What `Host` says when the server's own is asked for. */
  readonly hostHeader: string;
  /** The URL without its path. */
  readonly origin: string;
}

/** A destination with what follows the server: `/` where the URL has no path. */
export interface UrlDestination extends ServerAddress {
  readonly path: string;
}

const forms = 'write for example http://10.0.0.5:8080, https://10.0.0.5 or unix:/run/app.sock';

const ports = { http: 80, https: 443, h2c: 80 } as const;

/** A server of a pool: a URL without a path. */
export function readServerUrl(text: string): Reading<ServerAddress> {
  const url = readDestinationUrl(text);
  if (!url.ok) return url;
  const { path, ...server } = url.value;
  if (path !== '/') {
    return bad(
      'a server of a pool has no path',
      'leave it out, or write the URL with its path as the "to" of a route',
      server.origin,
    );
  }
  return good(server);
}

/** Where a route may lead: a URL, perhaps with a path. */
export function readDestinationUrl(text: string): Reading<UrlDestination> {
  if (text.startsWith('unix:')) return readUnix(text);
  const [whole = '', scheme, authority] = /^(https?|h2c):\/\/([^/?#]*)/i.exec(text) ?? [];
  if (scheme === undefined || authority === undefined) return badScheme(text);
  if (/[\s\\]/.test(text)) return bad('a URL has no spaces and no backslashes', 'write them as %20 and /');
  if (authority.includes('@')) {
    return bad('a server has no user name and password in its URL', 'leave out what stands before the @');
  }
  if (/[?#]/.test(text))
    return bad(
      'a destination has neither query nor fragment',
      'leave out all from the ? or #',
      text.replace(/[?#].*$/s, ''),
    );
  return readParts(schemeOf(scheme), authority, text.slice(whole.length));
}

function schemeOf(text: string): keyof typeof ports {
  const scheme = text.toLowerCase();
  return scheme === 'https' || scheme === 'h2c' ? scheme : 'http';
}

function readUnix(text: string): Reading<UrlDestination> {
  const socket = readSocketPath(text.slice(5));
  if (!socket.ok) return socket;
  return good({ address: socket.value, secure: false, hostHeader: 'localhost', origin: text, path: '/' });
}

function badScheme(text: string): Reading<never> {
  if (/^wss?:/i.test(text)) {
    return bad(
      'WebSocket needs no scheme of its own',
      'write http:// or https://: upgrades pass by themselves',
      text.replace(/^ws(s?):/i, 'http$1:'),
    );
  }
  if (/^(h2|grpcs?):\/\//i.test(text)) {
    return bad(
      'HTTP/2 has no scheme of its own but h2c',
      'write h2c:// for HTTP/2 without TLS, https:// with it',
      text.replace(/^(h2|grpcs):/i, 'https:').replace(/^grpc:/i, 'h2c:'),
    );
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return bad('servers are spoken to over http or https', forms);
  if (text.startsWith('/')) return bad('a path is not a server', forms, `unix:${text}`);
  return bad(
    'a server is a URL',
    forms,
    /^(?!\d+$)[\w.-]+(:\d{1,5})?(\/\S*)?$|^\[[\da-f:.]+\]/i.test(text) ? `http://${text}` : undefined,
  );
}

function readParts(scheme: keyof typeof ports, authority: string, rest: string): Reading<UrlDestination> {
  const server = readAuthority(scheme, authority);
  if (!server.ok) return server;
  const { origin } = server.value;
  const path = readPlainPath(rest || '/');
  if (path.ok) return good({ ...server.value, path: path.value });
  return bad(path.what, path.remedy, path.better === undefined ? undefined : origin + path.better);
}

/** `host` or `host:port`; the usual port is left out of what is made from it. */
function readAuthority(scheme: keyof typeof ports, authority: string): Reading<ServerAddress> {
  const portText = /:([^:\]]*)$/.exec(authority)?.[1];
  const port = portText === undefined ? good(ports[scheme]) : readPort(portText, 1);
  if (!port.ok) return port;
  const written = authority.replace(/:[^:\]]*$/, '');
  const host = readHostName(written);
  if (written === '' || isIPv6(written)) return bad('it has no host name', forms);
  if (!host.ok) return bad(host.what.replace(/^it /, 'its host '), host.remedy);
  const name = isIPv6(host.value) ? `[${host.value}]` : host.value;
  const hostHeader = port.value === ports[scheme] ? name : `${name}:${port.value}`;
  const address = {
    kind: 'tcp',
    host: isIPv6(host.value) ? plainIp(host.value) : host.value,
    port: port.value,
  } as const;
  const origin = `${scheme}://${hostHeader}`;
  return good({ address, secure: scheme === 'https', hostHeader, origin, ...(scheme === 'h2c' && { http2: true }) });
}
