import { Headers } from '../../core/headers.ts';
import type { Exchange } from '../exchange.ts';
import { listenerPlan } from '../fixtures.test.ts';
import { plainRoute, type PathMatch, type RoutePlan, type TranslatePlan } from '../plan.ts';
import { plainServer, type ServerPlan } from '../pool-plan.ts';
import { translateAnswer } from './translate-answer.ts';

/** What the tests of translation vary. */
export interface Given {
  readonly scheme?: 'http' | 'https';
  readonly authority?: string;
  /** `/a/` is a folder, `=/a` that path only, any other a prefix. */
  readonly path?: string;
  readonly replace?: string | undefined;
  /** `host:port` of the server. */
  readonly server?: string;
  /** What `Host` said; default: the authority. */
  readonly sent?: string;
  readonly translate?: Partial<TranslatePlan>;
  /** Fields that a trusted proxy sent. */
  readonly trusted?: Readonly<Record<string, string>>;
}

const all: TranslatePlan = { locations: true, cookies: true, names: [], blockNtlm: false, blockNegotiate: false };

/** The value of one field after it was translated; undefined: it is gone. */
export function translated(name: string, value: string, given: Given = {}): string | undefined {
  return translatedAll([[name, value]], given)[0]?.[1];
}

export function translatedAll(fields: readonly (readonly [string, string])[], given: Given = {}): [string, string][] {
  const headers = new Headers();
  for (const [name, value] of fields) headers.add(name, value);
  const exchange = exchangeOf(given);
  translateAnswer(headers, exchange, serverOf(given), given.sent ?? exchange.authority);
  return headers.names.map((each, i) => [each, headers.values[i]!]);
}

export function exchangeOf(given: Given): Exchange {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given.trusted ?? {})) headers.add(name, value);
  const exchange: Partial<Exchange> = {
    scheme: given.scheme ?? 'https',
    authority: given.authority ?? 'www.example.com',
    host: 'www.example.com',
    headers,
    route: routeOf(given),
    client: {
      id: 1,
      listener: 'web',
      plan: listenerPlan(),
      address: '127.0.0.1',
      port: 1,
      localPort: 443,
      trusted: given.trusted !== undefined,
      tls: undefined,
      onClose: () => undefined,
    },
  };
  return exchange as Exchange; // What translation looks at.
}

function routeOf({ path = '/app/', replace = '/', translate }: Given): RoutePlan {
  return {
    name: 'app',
    hosts: [{ kind: 'any' }],
    path: matchOf(path),
    listeners: undefined,
    ...plainRoute,
    translate: { ...all, ...translate },
    pool: 'app',
    replacePrefix: replace === 'keep' ? undefined : replace,
    hostHeader: { kind: 'preserve' },
    upgrade: [],
  };
}

function matchOf(path: string): PathMatch {
  if (path.startsWith('=')) return { kind: 'exact', path: path.slice(1) };
  return { kind: path.endsWith('/') ? 'folder' : 'prefix', path };
}

function serverOf({ server = '10.0.0.8:8080' }: Given): ServerPlan {
  const cut = server.lastIndexOf(':');
  const host = server.slice(0, cut).replace(/^\[|\]$/g, '');
  return {
    name: 'app',
    address: { kind: 'tcp', host, port: Number(server.slice(cut + 1)) },
    ...plainServer,
    hostHeader: server.replace(/:80$/, ''),
  };
}
