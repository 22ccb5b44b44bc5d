import type { HostMatch } from '../../proxy/index.ts';
import { readHostName } from './host-name.ts';
import { bad, good, type Reading } from './reading.ts';

/** What a route's `host` may be: `www.example.com`, `*.example.com` (exactly one more label), `*`, an IP address. */
export function readHostPattern(text: string): Reading<HostMatch> {
  if (text === '*') return good({ kind: 'any' });
  const foreign = foreignPart(text);
  if (foreign) return foreign;
  if (!text.includes('*')) return exactHost(text);
  const name = text.startsWith('*.') && !text.includes('*', 1) ? readHostName(text.slice(2)) : undefined;
  if (name?.ok && !/^[\d.]+$|:/.test(name.value)) return good({ kind: 'wildcard', suffix: name.value });
  return bad('* may only stand for the whole first label', 'write "*.example.com", or "*" for every host');
}

function exactHost(text: string): Reading<HostMatch> {
  const name = readHostName(text);
  return name.ok ? good({ kind: 'exact', host: name.value }) : name;
}

/** A scheme, a path or a port in the host, with the host that is left. */
function foreignPart(text: string): Reading<never> | undefined {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text);
  if (scheme) return bad('a host has no scheme', 'write the name alone', hostOf(text.slice(scheme[0].length)));
  if (text.includes('/')) return bad('a host has no path', 'write the path under "path"', hostOf(text));
  if (/^[^:]+:\d*$|\]:\d*$/.test(text)) {
    return bad(
      'a host has no port',
      'write the name alone: a route holds for every port of its listeners',
      hostOf(text),
    );
  }
  return undefined;
}

function hostOf(text: string): string | undefined {
  const host = text.replace(/\/.*$/s, '').replace(/:\d*$/, '');
  return host === '' || host.includes('@') ? undefined : host;
}
