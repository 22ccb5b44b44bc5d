import type { ServerState } from '../../proxy/index.ts';

/** What may happen to servers, pools and splits, in the words of logs, metrics and webhooks. */
export const eventKinds = [
  'server-up',
  'server-down',
  'server-ejected',
  'server-returned',
  'server-ready',
  'server-drain',
  'server-maint',
  'server-weight',
  'server-added',
  'server-removed',
  'pool-up',
  'pool-down',
  'pool-panic',
  'pool-calm',
  'breaker-open',
  'breaker-half-open',
  'breaker-closed',
  'split-changed',
] as const;

export type EventKind = (typeof eventKinds)[number];

/** What may happen to a server or a pool. */
export type ServerEventKind = Exclude<EventKind, 'split-changed'>;

/** One thing that has happened. */
export interface ServerEvent {
  readonly event: ServerEventKind;
  /** ISO 8601. */
  readonly at: string;
  readonly pool: string;
  /** Undefined: it is about the whole pool. */
  readonly server: string | undefined;
  /** In words, without a full stop. */
  readonly why: string;
  /** How long it was before as it was. */
  readonly beforeMs: number;
  /** Servers of the pool that may get new requests now, and all of them. */
  readonly usable: number;
  readonly servers: number;
}

/** What has happened between two states of a server; mostly one thing, or nothing that matters to people. */
export function kindsBetween(before: ServerState, after: ServerState): readonly ServerEventKind[] {
  const kinds: ServerEventKind[] = [];
  if (before.operator !== after.operator) kinds.push(`server-${after.operator}`);
  if (before.health !== 'down' && after.health === 'down') kinds.push('server-down');
  if (before.health === 'down' && after.health !== 'down') kinds.push('server-up');
  if (before.ejected !== after.ejected) kinds.push(after.ejected ? 'server-ejected' : 'server-returned');
  return kinds;
}

/** What a state is called by those who look at it. */
export function stateText({ operator, health, ejected }: Pick<ServerState, 'operator' | 'health' | 'ejected'>): string {
  const words = [health === 'unknown' ? undefined : health, ejected ? 'ejected' : undefined];
  const known = words.filter((word) => word !== undefined);
  if (operator !== 'ready') return [operator, ...known].join(', ');
  return known.length === 0 ? 'ready' : known.join(', ');
}
