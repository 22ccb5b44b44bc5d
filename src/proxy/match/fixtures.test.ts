import { Headers } from '../../core/headers.ts';
import { plainRoute } from '../plan.ts';
import type { Condition, HostMatch, PathMatch, RoutePlan } from '../plan.ts';
import type { RequestView } from './request-view.ts';

export interface Given {
  readonly hosts?: readonly HostMatch[];
  readonly path?: PathMatch;
  readonly listeners?: readonly string[] | undefined;
  readonly priority?: number;
  readonly ignoreCase?: boolean;
  readonly when?: Condition | undefined;
}

export function routeOf(name: string, given: Given): RoutePlan {
  return {
    name,
    hosts: given.hosts ?? [{ kind: 'any' }],
    path: given.path ?? { kind: 'prefix', path: '/' },
    listeners: given.listeners,
    pool: 'pool',
    replacePrefix: undefined,
    ...plainRoute,
    priority: given.priority ?? 0,
    ignoreCase: given.ignoreCase ?? false,
    when: given.when,
    hostHeader: { kind: 'preserve' },
    upgrade: [],
  };
}

export function asking(listener: string, host: string, path: string, method = 'GET'): RequestView {
  const client = { listener, tls: undefined };
  const target = { path, query: '' };
  return { host, method, target, client, scheme: 'http', headers: new Headers(), clientAddress: '192.0.2.1' };
}

export const exactHost: (host: string) => HostMatch = (host) => ({ kind: 'exact', host });
export const wildcard: (suffix: string) => HostMatch = (suffix) => ({ kind: 'wildcard', suffix });
export const exact: (path: string) => PathMatch = (path) => ({ kind: 'exact', path });
export const folder: (path: string) => PathMatch = (path) => ({ kind: 'folder', path });
export const prefix: (path: string) => PathMatch = (path) => ({ kind: 'prefix', path });
export const regex: (pattern: string) => PathMatch = (pattern) => ({ kind: 'regex', pattern });
export const method: (...methods: string[]) => Condition = (...methods) => ({ kind: 'method', methods });
export const pathText: (path: PathMatch) => string = (path) => (path.kind === 'regex' ? path.pattern : path.path);
