import type { MessageLimits } from '../wire/http1/limits.ts';
import type { PathOptions } from '../wire/path.ts';
import type { Importance } from './capacity-plan.ts';
import type { ShedPlan } from './shed/shed-plan.ts';
import type { FeatureName } from './middleware/stages.ts';
import type { SplitPlan } from './split-plan.ts';
import type { RetryPlan } from './retry-plan.ts';
import type { PoolPlan, ServerTimeouts } from './pool-plan.ts';
import type { ListenerTlsPlan } from './tls-plan.ts';

/**
 * A compiled config: plain data that can be cloned to a thread. Everything in it has been checked; every default is filled in.
 * Times are in milliseconds, sizes in bytes. Equal configs compile to equal plans.
 */
export interface Plan {
  /** Random name of this process in `CDN-Loop`, by which a request that comes back is known. */
  readonly instance: string;
  readonly listeners: readonly ListenerPlan[];
  readonly routes: readonly RoutePlan[];
  readonly pools: readonly PoolPlan[];
  readonly accessLog: AccessLogPlan | undefined;
  readonly connections: ConnectionLimits;
  readonly forwarding: ForwardingPlan;
  /** How long exchanges in flight may go on after SIGTERM. */
  readonly graceMs: number;
  /** Undefined: no exchange is traced. */
  readonly trace?: TracePlan | undefined;
  /** Undefined: nothing is refused because there is too much to do. */
  readonly shed?: ShedPlan | undefined;
}

/** Which exchanges are traced. */
export interface TracePlan {
  /** Share of exchanges whose decisions are kept to be shown, 0 to 1. */
  readonly sample: number;
  /** Field of a request that asks for this; undefined: none does. */
  readonly header: string | undefined;
  /** CIDRs of clients that may ask. */
  readonly from: readonly string[];
  /** Undefined: no spans are made, and fields about traces pass through as they are. */
  readonly otlp: OtlpPlan | undefined;
}

/** Spans for a collector of traces. */
export interface OtlpPlan {
  /** URL that takes OTLP/HTTP in JSON. */
  readonly endpoint: string;
  /** Fields of requests to it, secrets among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** What this proxy is called there. */
  readonly service: string;
  /** Share of the exchanges that begin a trace, 0 to 1; one that goes on with another's trace does as that says. */
  readonly sample: number;
  /** Whose `traceparent` is believed: that of trusted proxies, anyone's, nobody's. */
  readonly continue: 'trusted' | 'always' | 'never';
}

/** The parts of a plan that there may be thousands of. */
export type PlanParts = Pick<Plan, 'routes' | 'pools'>;

/** Where the address came from, for messages. */
export type ListenAddress =
  | {
      readonly kind: 'tcp';
      /** undefined: every address of the machine, IPv6 and IPv4. */ readonly host: string | undefined;
      readonly port: number;
    }
  | { readonly kind: 'unix'; readonly path: string; /** Octal mode of the socket file. */ readonly mode: number };

export interface ListenerPlan {
  readonly name: string;
  readonly address: ListenAddress;
  readonly timeouts: ClientTimeouts;
  readonly limits: MessageLimits;
  readonly paths: PathOptions;
  /** Undefined: plain HTTP. */
  readonly tls: ListenerTlsPlan | undefined;
  /** Undefined: clients are spoken to by HTTP/1 only. */
  readonly http2?: Http2ListenerPlan | undefined;
}

/** How clients are spoken to by HTTP/2: those that ask for it in the TLS handshake, and over plain HTTP those that begin with it. */
export interface Http2ListenerPlan {
  /** Streams that a connection may have open. */
  readonly maxStreams: number;
  /** Bytes of request bodies that a connection may have with us, kept for servers that are slower. */
  readonly connectionWindow: number;
  /** A connection with open streams that is silent for so long is asked whether it is still there (PING); 0: never. */
  readonly pingAfterMs: number;
  /** It is closed where no answer to that comes in so long. */
  readonly pingTimeoutMs: number;
}

/** Waits on a client. None of them bounds a transfer that makes progress. */
export interface ClientTimeouts {
  /** From the first byte of a head (or the accept) to its last. */
  readonly headMs: number;
  /** Longest silence within a request body. */
  readonly bodyIdleMs: number;
  /** Bytes a second that a request body must reach on average over `bodyIdleMs` windows; 0: no minimum. */
  readonly bodyMinRate: number;
  /** Idle between two requests of one connection. */
  readonly keepAliveMs: number;
  /** Longest time in which the client takes none of the answer's bytes. */
  readonly writeMs: number;
  /** Silence of both sides of a tunnel (Upgrade). */
  readonly tunnelIdleMs: number;
}

export interface ConnectionLimits {
  /** Client connections in total. */
  readonly total: number;
  /** Client connections of one address (IPv6: of one /64); 0: no limit. */
  readonly perClient: number;
}

export interface ForwardingPlan {
  /** CIDRs whose X-Forwarded-*, Forwarded and X-Request-Id are believed. */
  readonly trustedProxies: readonly string[];
  /** Also sends RFC 7239 `Forwarded`. */
  readonly forwarded: boolean;
  /** Adds `Via` to requests and answers. */
  readonly via: boolean;
}

export type PathMatch =
  /** This path only. */
  | { readonly kind: 'exact'; readonly path: string }
  /** `/a/`: the folder and all below it, not `/a`. */
  | { readonly kind: 'folder'; readonly path: string }
  /** `/a`: that path and all below `/a/`, by whole segments. */
  | { readonly kind: 'prefix'; readonly path: string }
  /** On the linear engine; unanchored, as is usual. */
  | { readonly kind: 'regex'; readonly pattern: string };

export type HostMatch =
  | { readonly kind: 'exact'; /** Lower case, no port, no final dot. */ readonly host: string }
  /** `*.example.com`: exactly one more label. */
  | { readonly kind: 'wildcard'; /** `example.com` */ readonly suffix: string }
  | { readonly kind: 'any' };

export interface RoutePlan {
  /** The name given, or `host + path`; unique. */
  readonly name: string;
  readonly hosts: readonly HostMatch[];
  readonly path: PathMatch;
  /** Listeners it is reachable through; undefined: all. */
  readonly listeners: readonly string[] | undefined;
  /** Routes of a higher one are asked first, whatever their host and path; 0 unless the config says otherwise. */
  readonly priority: number;
  /** The path counts without regard to case (ASCII); it goes on as it came. */
  readonly ignoreCase: boolean;
  /** What else must be true of a request; undefined: nothing. */
  readonly when: Condition | undefined;
  /** What it asks of the way the client came by. */
  readonly transport: TransportPlan;
  /** What it does on the way, in this order. */
  readonly middleware: readonly FeaturePlan[];
  /** Undefined: a feature answers every request. Where several pools share its requests: the first of them. */
  readonly pool: string | undefined;
  /** Undefined: all requests go to the one pool. */
  readonly split?: SplitPlan | undefined;
  /** Takes the place of the pool's own, where it says something. */
  readonly timeouts: RouteTimeouts | undefined;
  /** Takes the place of the pool's; undefined: that holds. */
  readonly retries?: RetryPlan | undefined;
  /** Who comes first where not all can be served; undefined: `normal`. */
  readonly importance?: Importance | undefined;
  /** How what a server says about itself becomes what clients may see; undefined: it stays as it is. */
  readonly translate: TranslatePlan | undefined;
  /** What takes the place of the matched path's prefix; undefined: the path stays. */
  readonly replacePrefix: string | undefined;
  readonly hostHeader: HostHeader;
  /** Lower-case tokens that `Upgrade` may carry. */
  readonly upgrade: readonly string[];
  /** Bounds of what becomes of an upgrade, a WebSocket above all; undefined: those of the listener alone. */
  readonly tunnel?: TunnelPlan | undefined;
  /**
   * Something that it needs is missing outside the config. It keeps its place among the routes, and all that it matches is
   * refused: what was to protect it may be what is missing. Undefined: all is there.
   */
  readonly disabled: Disabled | undefined;
}

/** Why something does not work, in words for the operator. */
export interface Disabled {
  readonly reason: string;
}

/** A feature that a route uses: its name and its checked config, plain data. */
export interface FeaturePlan {
  readonly name: FeatureName;
  readonly config: unknown;
}

/** Bounds of a route's tunnels (WebSockets and other upgrades). */
export interface TunnelPlan {
  /** Silence of both sides after which it is closed, in ms; undefined: as the listener says. */
  readonly idleMs: number | undefined;
  /** Closed at the latest so long after it was opened, in ms; 0: never. */
  readonly maxLifeMs: number;
  /** That may be open at once, over all threads; 0: no limit. */
  readonly max: number;
}

export interface TransportPlan {
  /** `only`: plain HTTP is refused. `redirect`: it is sent to https. */
  readonly https: 'allow' | 'only' | 'redirect';
  /** Port that redirects to https name; 443 is left out of the URL. */
  readonly httpsPort: number;
  /** Value of `Strict-Transport-Security` on answers over https; undefined: none. */
  readonly hsts: string | undefined;
  /** `optional`: passed on where there is a valid one. `require`: without a valid one the request is refused. */
  readonly clientCertificate: 'ignore' | 'optional' | 'require';
}

/** A member that is undefined leaves the pool's. */
export type RouteTimeouts = { readonly [Name in keyof ServerTimeouts]: number | undefined };

export interface TranslatePlan {
  /** `Location`, `Content-Location`, `Refresh` and `Link`. */
  readonly locations: boolean;
  /** `Domain`, `Path`, `Secure` and `SameSite` of cookies. */
  readonly cookies: boolean;
  /** `host` (any port) or `host:port`: what the server calls itself beside the names in its URL and in `Host`. */
  readonly names?: readonly string[];
  /** `NTLM` is taken out of `WWW-Authenticate`, and `Negotiate`. */
  readonly blockNtlm: boolean;
  readonly blockNegotiate: boolean;
}

/** A question to a request. Names of fields are lower case. */
export type Condition =
  | { readonly kind: 'all'; readonly of: readonly Condition[] }
  | { readonly kind: 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'method'; readonly methods: readonly string[] }
  /** Holds where one of the values of this name fits. */
  | { readonly kind: 'header' | 'query' | 'cookie'; readonly name: string; readonly value: TextMatch }
  /** CIDRs or addresses. */
  | { readonly kind: 'address'; readonly networks: readonly string[] }
  | { readonly kind: 'path'; readonly value: TextMatch }
  /** None of them holds for plain HTTP; a subject only counts if the certificate is valid. */
  | { readonly kind: 'tls'; readonly what: 'version' | 'serverName' | 'clientSubject'; readonly value: TextMatch }
  | { readonly kind: 'scheme'; readonly scheme: 'http' | 'https' };

/** What a text must be. */
export type TextMatch =
  /** It is there, with any value. */
  | { readonly kind: 'present' }
  /** One of these texts, or one that begins, ends or goes on so. */
  | { readonly kind: 'is' | 'startsWith' | 'endsWith' | 'contains'; readonly texts: readonly string[] }
  /** One of these patterns is in it. On the linear engine; unanchored, as is usual. */
  | { readonly kind: 'regex'; readonly patterns: readonly string[] }
  | { readonly kind: 'all'; readonly of: readonly TextMatch[] };

export type HostHeader =
  /** The client's. */
  | { readonly kind: 'preserve' }
  /** The name and port of the server's URL. */
  | { readonly kind: 'server' }
  | { readonly kind: 'literal'; readonly value: string };

export type AccessLogFormat = 'json' | 'combined' | 'prtg';

export interface AccessLogPlan {
  readonly format: AccessLogFormat;
  readonly to: { readonly kind: 'stdout' } | { readonly kind: 'file'; readonly path: string };
  /** Query parameters whose values are written as `***`; lower case. */
  readonly mask: readonly string[];
  readonly rotate: RotationPlan | undefined;
}

export interface RotationPlan {
  /** Rotated once the file is larger; 0: not by size. */
  readonly maxBytes: number;
  /** Rotated at so long a distance; 0: not by time. */
  readonly everyMs: number;
  /** Old files kept. */
  readonly keep: number;
}

/** What a route has that asks for nothing beyond host, path and destination. */
export const plainRoute: Pick<
  RoutePlan,
  'priority' | 'ignoreCase' | 'when' | 'transport' | 'middleware' | 'timeouts' | 'translate' | 'disabled'
> = {
  priority: 0,
  ignoreCase: false,
  when: undefined,
  transport: { https: 'allow', httpsPort: 443, hsts: undefined, clientCertificate: 'ignore' },
  middleware: [],
  timeouts: undefined,
  translate: undefined,
  disabled: undefined,
};

/** How clients are spoken to by HTTP/2 unless the config says otherwise. */
export const plainHttp2: Http2ListenerPlan = {
  maxStreams: 128,
  connectionWindow: 1_048_576,
  pingAfterMs: 60_000,
  pingTimeoutMs: 20_000,
};
