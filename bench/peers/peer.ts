import type { Launch } from '../measure/children.ts';

/** PEM files of a certificate and its key. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** How a proxy is asked: HTTP/1.1, the same over TLS, or HTTP/2 over TLS. */
export type Protocol = 'http' | 'https' | 'h2';

/** What a proxy is given to work with. */
export interface Site {
  /** Its own, for config, logs and whatever else it writes. */
  readonly folder: string;
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  /** Where the origin listens, on 127.0.0.1. */
  readonly originPort: number;
  /** It speaks TLS with these; undefined: plain HTTP. */
  readonly tls?: TlsFiles | undefined;
  /** It offers HTTP/2 over TLS. */
  readonly http2?: boolean;
  /** Client connections that it must be able to hold. */
  readonly maxConnections: number;
}

/** How to start a proxy whose config has been written. */
export interface Prepared extends Omit<Launch, 'core' | 'cwd'> {
  /** File that gets a line a request; undefined: it writes none. */
  readonly accessLog?: string;
}

/** A proxy that can be measured. */
export interface Peer {
  readonly name: string;
  /** For the report: which access log it writes and what else is special. */
  readonly remark: string;
  /** It is Postern, or stands for it: only such are measured over a million requests. */
  readonly own: boolean;
  /** How it can be measured. */
  readonly speaks: readonly Protocol[];
  /** How it is asked. Default: `http`. */
  readonly asked?: Protocol;
  /** How to get it. */
  readonly install: string;
  /** Undefined: it is not installed. */
  version(): string | undefined;
  /** Writes the config into the site's folder. */
  prepare(site: Site): Prepared;
}
