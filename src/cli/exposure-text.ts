import type { ListenerExposure, RouteExposure, TlsExposure } from '../control/exposure/exposure.ts';
import { table } from './table.ts';

/** A wider cell is cut: `--json` has all of it. */
const widest = { host: 40, path: 40, to: 48, protection: 72 };

/** The exposure for people: for each listener who reaches it, then a table of what is behind it. */
export function exposureText(listeners: readonly ListenerExposure[]): string {
  return listeners.map(listenerText).join('\n\n');
}

function listenerText(listener: ListenerExposure): string {
  const { name, address, openTo, tls, routes } = listener;
  const title = table([[`${name}: ${address}, open to ${openTo}, ${tls === null ? 'plain HTTP' : tlsText(tls)}`]]);
  if (routes.length === 0) return `${title}\n  no route: everything is answered with 404`;
  const rows = routes.map((route) => [
    '',
    cut(route.host, widest.host),
    cut(placeText(route), widest.path),
    cut(destinationText(route), widest.to),
    cut(protectionText(route), widest.protection),
  ]);
  const open = routes.filter((route) => route.open).length;
  const sum = open === 0 ? 'nothing is open to everyone' : `${open} of ${routes.length} let everyone in`;
  return `${title}\n${table([['', 'HOST', 'PATH', 'LEADS TO', 'PROTECTED BY'], ...rows])}\n  ${sum}`;
}

function tlsText({ minVersion, maxVersion, names, unknownName, asksForCertificates }: TlsExposure): string {
  const versions = minVersion === maxVersion ? minVersion : `${minVersion} to ${maxVersion.replace('TLS ', '')}`;
  const more = names.length > 5 ? ` and ${names.length - 5} others` : '';
  return [
    versions,
    `certificates for ${names.slice(0, 5).join(', ')}${more}`,
    ...(unknownName === 'refuse' ? ['other names refused'] : []),
    ...(asksForCertificates ? ['clients are asked for certificates'] : []),
  ].join(', ');
}

function placeText({ path, when, priority }: RouteExposure): string {
  const first = priority === 0 ? path : `${path} (priority ${priority})`;
  return when === null ? first : `${first} if ${when}`;
}

function destinationText({ to, servers }: RouteExposure): string {
  if (servers.length === 0 || (servers.length === 1 && servers[0] === to)) return to;
  const more = servers.length > 2 ? ` and ${servers.length - 2} more` : '';
  return `${to}: ${servers.slice(0, 2).join(' ')}${more}`;
}

function protectionText({ open, keepsOut, hardens }: RouteExposure): string {
  return [...(open ? ['NOTHING'] : keepsOut), ...hardens].join(', ');
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 3)}...` : text;
}
