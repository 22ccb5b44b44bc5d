import type { MessageLimits } from '../wire/http1/limits.ts';
import type { ChecksPlan } from './checks-plan.ts';
import type { PassivePlan } from './passive-plan.ts';
import { plainBalance, type BalancePlan } from './balance-plan.ts';
import type { CapacityPlan, ServerLimits } from './capacity-plan.ts';
import type { StickyPlan } from './sticky-plan.ts';
import type { PoolRetryPlan } from './retry-plan.ts';
import type { TlsVersion, CertificateMaterial } from './tls-plan.ts';

export interface PoolPlan {
  /** The name given, or the URL for a route's own destination; unique. */
  readonly name: string;
  /** How a server is chosen. */
  readonly balance: BalancePlan;
  readonly servers: readonly ServerPlan[];
  /** What servers have that are added while it runs, and say nothing themselves; undefined: no bound. */
  readonly perServer?: ServerLimits | undefined;
  /** Where fewer servers than this are usable, the next group is used with them. */
  readonly activateBelow: number;
  /** Percent: where a smaller share of the servers is up, all count as usable; 0: never. */
  readonly panicBelow: number;
  readonly timeouts: ServerTimeouts;
  readonly idleConnections: IdleConnectionLimits;
  readonly limits: MessageLimits;
  /** Bare LF from these servers ends a line of a head. */
  readonly lenient: boolean;
  /** Local address of connections to the servers. */
  readonly sourceAddress: string | undefined;
  /** For servers that are spoken to by TLS. */
  readonly tls: ServerTlsPlan;
  /** Undefined: `plainProtocol`. */
  readonly protocol?: ProtocolPlan | undefined;
  /** How much it takes at once; undefined: as `plainCapacity` says. */
  readonly capacity?: CapacityPlan | undefined;
  /** Undefined: each exchange may go to any server. */
  readonly sticky?: StickyPlan | undefined;
  /** Undefined: nobody looks after its servers but the traffic. */
  readonly checks?: ChecksPlan | undefined;
  /** Undefined: what traffic is like changes nothing. */
  readonly passive?: PassivePlan | undefined;
  /** Undefined: `plainRetries`. */
  readonly retries?: PoolRetryPlan | undefined;
}

/** Which protocol servers are spoken to by. */
export interface ProtocolPlan {
  /**
   * `http1`: never HTTP/2. `http2`: nothing else, with prior knowledge where there is no TLS. `auto`: what the server chooses in the
   * TLS handshake, and HTTP/1 where there is none.
   */
  readonly version: 'http1' | 'http2' | 'auto';
  /** Streams that a connection carries at once; the server may say fewer. */
  readonly maxStreams: number;
  /** Bytes of answers that a connection may have with us, kept for clients that are slower. */
  readonly connectionWindow: number;
  /** A connection that is silent for so long is asked whether it is still there (PING); 0: never. */
  readonly pingAfterMs: number;
  /** It is closed where no answer to that comes in so long. */
  readonly pingTimeoutMs: number;
}

/** How servers are spoken to by TLS. */
export interface ServerTlsPlan {
  /** False: whoever answers is believed. */
  readonly verify: boolean;
  /** PEM of the authorities that are trusted; undefined: those of the system. */
  readonly ca: string | undefined;
  /** Name for SNI and for the check of the certificate; undefined: the host of the server's URL. */
  readonly serverName: string | undefined;
  /** What is shown to servers that ask for a certificate. */
  readonly certificate: CertificateMaterial | undefined;
  /** SHA-256 of public keys (SPKI), base64: the server's must be one of them; empty: any. */
  readonly pins: readonly string[];
  readonly minVersion: TlsVersion;
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
  /** Spoken to by TLS. */
  readonly secure: boolean;
  /** What `Host` says when the route asks for the server's own. */
  readonly hostHeader: string;
  /** Its share beside the others; 0: it gets no new exchanges. */
  readonly weight: number;
  /** Groups are used in the order of their numbers, from 0; backup servers are in 1. */
  readonly group: number;
  /** Name for SNI and for the check of the certificate, where it is not the host of the address; undefined: it is. */
  readonly serverName?: string | undefined;
  /**
   * It stands for servers that DNS names: one for each address, or each SRV record, of its host. Threads get those in its place.
   * Undefined: it is a server itself.
   */
  readonly resolve?: 'addresses' | 'srv' | undefined;
  /** Undefined: there is no bound. */
  readonly limits?: ServerLimits | undefined;
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

/** How servers are spoken to by TLS unless the config says otherwise. */
export const defaultServerTls: ServerTlsPlan = {
  verify: true,
  ca: undefined,
  serverName: undefined,
  certificate: undefined,
  pins: [],
  minVersion: 'TLSv1.2',
};

/** How servers are spoken to unless the config says otherwise. */
export const plainProtocol: ProtocolPlan = {
  version: 'auto',
  maxStreams: 100,
  connectionWindow: 1_048_576,
  pingAfterMs: 30_000,
  pingTimeoutMs: 10_000,
};

/** What a pool has that asks for nothing beyond its servers. @internal */
export const plainPool: Pick<
  PoolPlan,
  'balance' | 'activateBelow' | 'panicBelow' | 'lenient' | 'sourceAddress' | 'tls'
> = {
  balance: plainBalance,
  activateBelow: 1,
  panicBelow: 0,
  lenient: false,
  sourceAddress: undefined,
  tls: defaultServerTls,
};

/** What a server has that asks for nothing beyond its address. @internal */
export const plainServer: Pick<ServerPlan, 'secure' | 'weight' | 'group'> = { secure: false, weight: 1, group: 0 };
