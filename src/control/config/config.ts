import type { MessageLimits } from '../../wire/http1/limits.ts';
import type { PathOptions } from '../../wire/path.ts';
import type {
  AccessLogFormat,
  AgentPlan,
  BalancePlan,
  BreakerPlan,
  ClientTimeouts,
  ConnectionLimits,
  FeatureName,
  HealthPlan,
  HostHeader,
  HostMatch,
  Http2ListenerPlan,
  IdleConnectionLimits,
  Importance,
  ListenerTlsPlan,
  LoadPlan,
  OtlpPlan,
  OutliersPlan,
  PathMatch,
  QueuePlan,
  PoolRetryPlan,
  ProtocolPlan,
  RotationPlan,
  RouteTimeouts,
  ServerLimits,
  ServerTimeouts,
  ShedPlan,
  TlsVersion,
  TranslatePlan,
  TransportPlan,
  TunnelPlan,
} from '../../proxy/index.ts';
import type { EventsSettings } from '../events/events-settings.ts';
import type { ReadAddress } from './read-address.ts';
import type { Destination } from './destination.ts';
import type { AddressConfig } from './listen-address.ts';
import type { ServerAddress } from './server-url.ts';
import type { RouteRetries } from './schema-retries.ts';
import type { StickyConfig } from './schema-sticky.ts';
import type { WhenConfig } from './when.ts';

/** A config after the schema: every value read and every default filled in, but not yet joined to a plan. */
export interface Config {
  /** Read before the schema sees it. */
  readonly include: readonly string[];
  readonly listeners: Readonly<Record<string, ListenerConfig>>;
  readonly routes: readonly RouteConfig[];
  readonly pools: Readonly<Record<string, PoolConfig>>;
  readonly forwarding: ForwardingConfig;
  readonly connections: ConnectionLimits;
  readonly accessLog: AccessLogConfig | false;
  readonly admin: AdminConfig;
  readonly log: { readonly level: LogLevel };
  readonly trace: TraceConfig;
  readonly shed?: ShedPlan | undefined;
  readonly events: EventsSettings;
  readonly grace: number;
  readonly state?: string | undefined;
  readonly cookieSecret?: string | undefined;
  readonly watch: boolean;
  readonly threads: number | 'auto';
  readonly user?: string | undefined;
  readonly group?: string | undefined;
  readonly dns: { readonly servers?: readonly string[] | undefined; readonly hostsFile: string };
}

/** How the running process is spoken to. */
export interface AdminConfig {
  readonly socket?: string | undefined;
  readonly listen?: ReadAddress | undefined;
  readonly tokenFile?: string | undefined;
  readonly hosts: readonly string[];
}

export interface ListenerConfig {
  readonly address: AddressConfig;
  readonly mode?: number | undefined;
  readonly timeouts: ClientTimeouts;
  readonly limits: MessageLimits;
  readonly paths: PathOptions;
  readonly http2: Http2ListenerPlan | false;
  readonly tls?: ListenerTlsConfig | undefined;
}

/** How a listener speaks TLS, as the schema has read it: files are not read yet. */
export interface ListenerTlsConfig {
  readonly certificates: readonly CertificateConfig[];
  readonly unknownName: ListenerTlsPlan['unknownName'];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  readonly ciphers: string;
  readonly groups: string;
  readonly clientCertificates?: { readonly ca: string; readonly crls: readonly string[] } | undefined;
  /** Milliseconds. */
  readonly handshakeTimeout: number;
  readonly ocspStapling: boolean;
}

/** Files of a certificate: PEM (the key may be in `cert`) or PFX. */
export type CertificateConfig =
  | {
      readonly kind: 'pem';
      readonly cert: string;
      readonly key?: string | undefined;
      readonly chain?: string | undefined;
      readonly passphrase?: string | undefined;
    }
  | { readonly kind: 'pfx'; readonly pfx: string; readonly passphrase?: string | undefined };

export interface RouteConfig {
  readonly name?: string | undefined;
  readonly host: readonly HostMatch[];
  readonly path: PathMatch;
  readonly listeners?: readonly string[] | undefined;
  readonly priority: number;
  readonly importance: Importance;
  readonly ignoreCase: boolean;
  readonly when?: WhenConfig | undefined;
  /** Undefined: a feature answers. */
  readonly to?: Destination | undefined;
  readonly keepPrefix?: boolean | undefined;
  readonly hostHeader?: HostHeader | undefined;
  readonly upgrade: readonly string[];
  readonly tunnel?: TunnelPlan | undefined;
  readonly middleware: readonly FeatureConfig[];
  readonly timeouts?: RouteTimeouts | undefined;
  readonly retries?: RouteRetries | undefined;
  /** For the server of a URL. */
  readonly protocol?: ProtocolConfig | undefined;
  /** For the server of a URL. */
  readonly tls?: ServerTlsConfig | undefined;
  /** Undefined: nothing is translated. */
  readonly translate?: TranslatePlan | undefined;
  readonly https: TransportPlan['https'];
  /** Value of the field. */
  readonly hsts?: string | undefined;
  readonly clientCertificate: TransportPlan['clientCertificate'];
}

/** A feature of a route as the schema has read it. */
export interface FeatureConfig {
  readonly name: FeatureName;
  readonly config: unknown;
}

/** A server of a pool. */
export interface ServerConfig extends ServerAddress {
  readonly weight: number;
  readonly group: number;
  readonly maxRequests?: number | undefined;
  readonly maxConnections?: number | undefined;
  /** It stands for servers that DNS names. */
  readonly resolve?: 'addresses' | 'srv' | undefined;
}

export interface PoolConfig {
  readonly balance: BalancePlan;
  readonly servers: readonly ServerConfig[];
  readonly activateBelow: number;
  readonly panicBelow: number;
  readonly maxRequests: number;
  readonly perServer: Some<ServerLimits>;
  readonly queue: QueuePlan;
  readonly timeouts: ServerTimeouts;
  readonly idleConnections: IdleConnectionLimits;
  readonly limits: MessageLimits;
  readonly lenient: boolean;
  readonly sourceAddress?: string | undefined;
  readonly protocol?: ProtocolConfig | undefined;
  readonly tls?: ServerTlsConfig | undefined;
  /** Paths of programs start at the folder of the config. */
  readonly health?: HealthPlan | undefined;
  readonly agent?: AgentPlan | undefined;
  readonly load?: LoadPlan | undefined;
  readonly retries: PoolRetryPlan;
  /** `false`: no server is taken out; undefined: as is usual. */
  readonly outliers?: OutliersPlan | false | undefined;
  readonly breaker?: BreakerPlan | undefined;
  readonly sticky?: StickyConfig | undefined;
  readonly slowStart: number;
}

/** Which protocol servers are spoken to by, as the schema has read it. */
export interface ProtocolConfig extends Omit<ProtocolPlan, 'version'> {
  /** Undefined: as the URLs say. */
  readonly version?: ProtocolPlan['version'] | undefined;
}

/** How servers are spoken to by TLS, as the schema has read it: files are not read yet. */
export interface ServerTlsConfig {
  readonly verify: boolean;
  readonly ca?: readonly string[] | undefined;
  readonly serverName?: string | undefined;
  readonly certificate?: CertificateConfig | undefined;
  readonly pins: readonly string[];
  readonly minVersion: TlsVersion;
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

/** Which requests are traced. */
export interface TraceConfig {
  readonly sample: number;
  readonly header?: string | undefined;
  readonly from: readonly string[];
  readonly otlp?: OtlpPlan | undefined;
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
  readonly admin?: Some<AdminConfig> | undefined;
  readonly user?: string | undefined;
  readonly group?: string | undefined;
}

export interface DraftPool {
  readonly balance?: BalancePlan | undefined;
  readonly protocol?: Some<ProtocolConfig> | undefined;
  readonly tls?: Some<ServerTlsConfig> | undefined;
  readonly health?: HealthPlan | undefined;
  readonly agent?: AgentPlan | undefined;
  readonly load?: Some<LoadPlan> | undefined;
  readonly servers?: readonly (ServerConfig | undefined)[] | undefined;
  readonly sticky?: StickyConfig | undefined;
}

export type Some<T> = { readonly [K in keyof T]?: T[K] | undefined };
