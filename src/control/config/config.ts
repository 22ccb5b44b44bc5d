import type { MessageLimits } from '../../wire/http1/limits.ts';
import type { PathOptions } from '../../wire/path.ts';
import type {
  AccessLogFormat,
  ClientTimeouts,
  ConnectionLimits,
  HostHeader,
  HostMatch,
  IdleConnectionLimits,
  PathMatch,
  RotationPlan,
  ServerTimeouts,
} from '../../proxy/index.ts';
import type { Destination } from './destination.ts';
import type { AddressConfig } from './listen-address.ts';
import type { ServerAddress } from './server-url.ts';

/** A config after the schema: every value read and every default filled in, but not yet joined to a plan. */
export interface Config {
  readonly listeners: Readonly<Record<string, ListenerConfig>>;
  readonly routes: readonly RouteConfig[];
  readonly pools: Readonly<Record<string, PoolConfig>>;
  readonly forwarding: ForwardingConfig;
  readonly connections: ConnectionLimits;
  readonly accessLog: AccessLogConfig | false;
  readonly admin: { readonly socket?: string | undefined };
  readonly log: { readonly level: LogLevel };
  readonly grace: number;
  readonly threads: 0 | 1;
  readonly dns: { readonly servers?: readonly string[] | undefined; readonly hostsFile: string };
}

export interface ListenerConfig {
  readonly address: AddressConfig;
  readonly mode?: number | undefined;
  readonly timeouts: ClientTimeouts;
  readonly limits: MessageLimits;
  readonly paths: PathOptions;
}

export interface RouteConfig {
  readonly name?: string | undefined;
  readonly host: readonly HostMatch[];
  readonly path: PathMatch;
  readonly listeners?: readonly string[] | undefined;
  readonly to: Destination;
  readonly keepPrefix?: boolean | undefined;
  readonly hostHeader?: HostHeader | undefined;
  readonly upgrade: readonly string[];
}

export interface PoolConfig {
  readonly balance: 'round-robin';
  readonly servers: readonly ServerAddress[];
  readonly timeouts: ServerTimeouts;
  readonly idleConnections: IdleConnectionLimits;
  readonly limits: MessageLimits;
  readonly lenient: boolean;
  readonly sourceAddress?: string | undefined;
}

export interface ForwardingConfig {
  readonly trustedProxies: readonly string[];
  readonly hostHeader: HostHeader;
  readonly forwarded: boolean;
  readonly via: boolean;
}

export interface AccessLogConfig {
  readonly format: AccessLogFormat;
  readonly file?: string | undefined;
  readonly stdout?: true | undefined;
  readonly mask: readonly string[];
  readonly rotate?: RotationPlan | false | undefined;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * What is left of a config in which mistakes were found: each value is either as in `Config` or missing. Lists keep their
 * numbering. A `Config` is a draft too.
 */
export interface Draft {
  readonly listeners?: Readonly<Record<string, Some<ListenerConfig> | undefined>> | undefined;
  readonly routes?: readonly (Some<RouteConfig> | undefined)[] | undefined;
  readonly pools?: Readonly<Record<string, DraftPool | undefined>> | undefined;
  readonly forwarding?: { readonly trustedProxies?: readonly (string | undefined)[] | undefined } | undefined;
  readonly accessLog?: AccessLogConfig | false | undefined;
}

export interface DraftPool {
  readonly servers?: readonly (ServerAddress | undefined)[] | undefined;
}

export type Some<T> = { readonly [K in keyof T]?: T[K] | undefined };
