import type { MessageLimits } from '../wire/http1/limits.ts';
import type { PathOptions } from '../wire/path.ts';

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
}

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
  | { readonly kind: 'prefix'; readonly path: string };

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
  readonly pool: string;
  /** What takes the place of the matched path's prefix; undefined: the path stays. */
  readonly replacePrefix: string | undefined;
  readonly hostHeader: HostHeader;
  /** Lower-case tokens that `Upgrade` may carry. */
  readonly upgrade: readonly string[];
}

export type HostHeader =
  /** The client's. */
  | { readonly kind: 'preserve' }
  /** The name and port of the server's URL. */
  | { readonly kind: 'server' }
  | { readonly kind: 'literal'; readonly value: string };

export interface PoolPlan {
  /** The name given, or the URL for a route's own destination; unique. */
  readonly name: string;
  readonly balance: 'round-robin';
  readonly servers: readonly ServerPlan[];
  readonly timeouts: ServerTimeouts;
  readonly idleConnections: IdleConnectionLimits;
  readonly limits: MessageLimits;
  /** Bare LF from these servers ends a line of a head. */
  readonly lenient: boolean;
  /** Local address of connections to the servers. */
  readonly sourceAddress: string | undefined;
}

export interface ServerPlan {
  /** Name for log and status: the URL as written, without what is secret. Unique in the pool. */
  readonly name: string;
  readonly address:
    | {
        readonly kind: 'tcp';
        /** IP address (no brackets) or name to be resolved. */ readonly host: string;
        readonly port: number;
      }
    | { readonly kind: 'unix'; readonly path: string };
  /** What `Host` says when the route asks for the server's own. */
  readonly hostHeader: string;
}

/** Waits on a server. */
export interface ServerTimeouts {
  /** Connecting, over all addresses of the server together. */
  readonly connectMs: number;
  /** From the last byte of the request to the head of the answer. */
  readonly firstByteMs: number;
  /** Longest silence within an answer's body; also longest time in which the server takes none of the request's bytes. */
  readonly idleMs: number;
}

export interface IdleConnectionLimits {
  /** Kept open a server. 0: every connection carries one exchange. */
  readonly max: number;
  /** Closed after so long without use. */
  readonly idleMs: number;
  /** Not used again after so long since it was opened. */
  readonly maxAgeMs: number;
  /** Requests that one connection carries; 0: no limit. */
  readonly maxRequests: number;
}

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
