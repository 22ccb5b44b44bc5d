import type { HostMatch } from '../../proxy/index.ts';
import type { Draft } from './config.ts';
import type { ConfigPath } from './config-problem.ts';
import { poolsOf } from './destination.ts';
import type { Problems } from './source.ts';

/** A cookie that is set here under a name that somebody chose. */
interface Chosen {
  readonly name: string;
  readonly path: ConfigPath;
  readonly hosts: readonly HostMatch[];
}

/** Two cookies of one name on one host: each answer of one of them takes away the other, and nobody stays anywhere. */
export function checkCookies(config: Draft, problems: Problems): void {
  const seen = new Map<string, Chosen[]>();
  for (const cookie of [...poolCookies(config), ...splitCookies(config)]) {
    const others = seen.get(cookie.name) ?? [];
    const other = others.find(({ hosts }) => meet(hosts, cookie.hosts));
    seen.set(cookie.name, [...others, cookie]);
    if (other === undefined) continue;
    const line = problems.lineOf(other.path);
    problems.add({
      path: cookie.path,
      message: `The cookie ${problems.show(cookie.path, cookie.name)} is also that of ${line}: clients that use both keep neither`,
      remedy: 'choose another name, or leave it out',
      severity: 'warning',
    });
  }
}

function poolCookies({ pools = {}, routes = [] }: Draft): readonly Chosen[] {
  return Object.entries(pools).flatMap(([pool, config]) => {
    const by = config?.sticky?.by;
    if (by?.kind !== 'cookie' || by.cookie.name === undefined) return [];
    const leading = routes.filter((route) => poolsOf(route?.to).includes(pool));
    const hosts = leading.flatMap((route) => route?.host ?? []);
    return [{ name: by.cookie.name, path: ['pools', pool, 'sticky', 'cookie', 'name'], hosts }];
  });
}

function splitCookies({ routes = [] }: Draft): readonly Chosen[] {
  return routes.flatMap((route, i) => {
    if (route?.to?.kind !== 'split' || route.to.sticky?.kind !== 'cookie') return [];
    const { name } = route.to.sticky.cookie;
    const path = ['routes', i, 'to', 'sticky', 'cookie', 'name'];
    return name === undefined ? [] : [{ name, path, hosts: route.host ?? [] }];
  });
}

function meet(some: readonly HostMatch[], others: readonly HostMatch[]): boolean {
  return some.some((a) => others.some((b) => a.kind === 'any' || b.kind === 'any' || textOf(a) === textOf(b)));
}

function textOf(host: HostMatch): string {
  return JSON.stringify(host);
}
