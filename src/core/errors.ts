/** Who is to blame, and so which counter, log level and status the failure gets. */
export type Side = 'client' | 'server' | 'self';

/** May the exchange be tried again? `reused`: only if the server connection had been idle before. */
export type Retry = 'never' | 'reused' | 'always';

/** The reason codes: each names one failure in the log, in the answer's body and in the metrics. */
export type ErrorCode =
  | 'bad-request'
  | 'bad-host'
  | 'bad-path'
  | 'bad-framing'
  | 'bad-body'
  | 'uri-too-long'
  | 'head-too-large'
  | 'trailers-too-large'
  | 'version-not-supported'
  | 'connect-refused'
  | 'expectation-failed'
  | 'head-timeout'
  | 'body-timeout'
  | 'write-timeout'
  | 'tunnel-timeout'
  | 'tunnel-expired'
  | 'tunnel-drained'
  | 'too-many-tunnels'
  | 'client-abort'
  | 'protocol-error'
  | 'client-flood'
  | 'http1-required'
  | 'upgrade-not-allowed'
  | 'no-route'
  | 'route-disabled'
  | 'loop-detected'
  | 'connection-auth-through-proxy'
  | 'too-many-connections'
  | 'too-many-client-connections'
  | 'overloaded'
  | 'no-server'
  | 'breaker-open'
  | 'server-full'
  | 'queue-full'
  | 'queue-timeout'
  | 'shed'
  | 'dns-failure'
  | 'server-refused'
  | 'server-unreachable'
  | 'server-connect-timeout'
  | 'server-reset'
  | 'server-refused-stream'
  | 'server-closed'
  | 'server-cut'
  | 'server-timeout'
  | 'deadline-exceeded'
  | 'server-idle-timeout'
  | 'server-write-timeout'
  | 'server-junk'
  | 'server-upgrade-failed'
  | 'https-required'
  | 'client-certificate-required'
  | 'misdirected-request'
  | 'address-denied'
  | 'unauthorized'
  | 'auth-busy'
  | 'body-too-large'
  | 'origin-denied'
  | 'destination-denied'
  | 'tls-handshake-failed'
  | 'tls-handshake-timeout'
  | 'server-tls-failed'
  | 'buffer-failed'
  | 'middleware-failed'
  | 'middleware-timeout'
  | 'file-not-found'
  | 'file-failed'
  | 'method-not-allowed'
  | 'listen-failed'
  | 'internal-error';

interface Kind {
  readonly side: Side;
  /** Status of the answer. 0: nothing is sent, the connection is closed (the log then shows 499 or the status that was sent). */
  readonly status: number;
  readonly retry: Retry;
}

/** The one table from a failure to its side, status and retry rule. */
const kinds: Readonly<Record<ErrorCode, Kind>> = {
  'bad-request': { side: 'client', status: 400, retry: 'never' },
  'bad-host': { side: 'client', status: 400, retry: 'never' },
  'bad-path': { side: 'client', status: 400, retry: 'never' },
  'bad-framing': { side: 'client', status: 400, retry: 'never' },
  'bad-body': { side: 'client', status: 400, retry: 'never' },
  'uri-too-long': { side: 'client', status: 414, retry: 'never' },
  'head-too-large': { side: 'client', status: 431, retry: 'never' },
  'trailers-too-large': { side: 'client', status: 431, retry: 'never' },
  'version-not-supported': { side: 'client', status: 505, retry: 'never' },
  'connect-refused': { side: 'client', status: 405, retry: 'never' },
  'expectation-failed': { side: 'client', status: 417, retry: 'never' },
  'head-timeout': { side: 'client', status: 408, retry: 'never' },
  'body-timeout': { side: 'client', status: 408, retry: 'never' },
  'write-timeout': { side: 'client', status: 0, retry: 'never' },
  'tunnel-timeout': { side: 'self', status: 0, retry: 'never' },
  'tunnel-expired': { side: 'self', status: 0, retry: 'never' },
  'tunnel-drained': { side: 'self', status: 0, retry: 'never' },
  'too-many-tunnels': { side: 'self', status: 503, retry: 'never' },
  'client-abort': { side: 'client', status: 0, retry: 'never' },
  'protocol-error': { side: 'client', status: 0, retry: 'never' },
  'client-flood': { side: 'client', status: 0, retry: 'never' },
  'http1-required': { side: 'client', status: 0, retry: 'never' },
  'upgrade-not-allowed': { side: 'client', status: 501, retry: 'never' },
  'no-route': { side: 'client', status: 404, retry: 'never' },
  'route-disabled': { side: 'self', status: 503, retry: 'never' },
  'loop-detected': { side: 'self', status: 508, retry: 'never' },
  'connection-auth-through-proxy': { side: 'client', status: 403, retry: 'never' },
  'too-many-connections': { side: 'self', status: 0, retry: 'never' },
  'too-many-client-connections': { side: 'client', status: 0, retry: 'never' },
  overloaded: { side: 'self', status: 503, retry: 'never' },
  'no-server': { side: 'self', status: 503, retry: 'never' },
  'breaker-open': { side: 'self', status: 503, retry: 'never' },
  'server-full': { side: 'self', status: 503, retry: 'always' },
  'queue-full': { side: 'self', status: 503, retry: 'never' },
  'queue-timeout': { side: 'self', status: 503, retry: 'never' },
  shed: { side: 'self', status: 503, retry: 'never' },
  'dns-failure': { side: 'server', status: 503, retry: 'always' },
  'server-refused': { side: 'server', status: 502, retry: 'always' },
  'server-unreachable': { side: 'server', status: 502, retry: 'always' },
  'server-connect-timeout': { side: 'server', status: 504, retry: 'always' },
  'server-reset': { side: 'server', status: 502, retry: 'reused' },
  'server-refused-stream': { side: 'server', status: 503, retry: 'always' },
  'server-closed': { side: 'server', status: 502, retry: 'reused' },
  'server-cut': { side: 'self', status: 503, retry: 'never' },
  'server-timeout': { side: 'server', status: 504, retry: 'never' },
  'deadline-exceeded': { side: 'server', status: 504, retry: 'never' },
  'server-idle-timeout': { side: 'server', status: 504, retry: 'never' },
  'server-write-timeout': { side: 'server', status: 504, retry: 'never' },
  'server-junk': { side: 'server', status: 502, retry: 'never' },
  'server-upgrade-failed': { side: 'server', status: 502, retry: 'never' },
  'https-required': { side: 'client', status: 403, retry: 'never' },
  'client-certificate-required': { side: 'client', status: 403, retry: 'never' },
  'misdirected-request': { side: 'client', status: 421, retry: 'never' },
  'address-denied': { side: 'client', status: 403, retry: 'never' },
  unauthorized: { side: 'client', status: 401, retry: 'never' },
  'auth-busy': { side: 'self', status: 503, retry: 'never' },
  'body-too-large': { side: 'client', status: 413, retry: 'never' },
  'origin-denied': { side: 'client', status: 403, retry: 'never' },
  'destination-denied': { side: 'client', status: 403, retry: 'never' },
  'tls-handshake-failed': { side: 'client', status: 0, retry: 'never' },
  'tls-handshake-timeout': { side: 'client', status: 0, retry: 'never' },
  'server-tls-failed': { side: 'server', status: 502, retry: 'always' },
  'buffer-failed': { side: 'self', status: 503, retry: 'never' },
  'middleware-failed': { side: 'self', status: 500, retry: 'never' },
  'middleware-timeout': { side: 'self', status: 504, retry: 'never' },
  'file-not-found': { side: 'client', status: 404, retry: 'never' },
  'file-failed': { side: 'self', status: 500, retry: 'never' },
  'method-not-allowed': { side: 'client', status: 405, retry: 'never' },
  'listen-failed': { side: 'self', status: 0, retry: 'never' },
  'internal-error': { side: 'self', status: 500, retry: 'never' },
};

/** All of them, in a fixed order. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table has every code and nothing else
export const errorCodes: readonly ErrorCode[] = Object.keys(kinds) as ErrorCode[];

export interface ProxyErrorOptions extends ErrorOptions {
  /** Whole seconds after which another try may succeed, for answers with 503; default: 1. */
  readonly retryAfterS?: number;
  /** Code of RST_STREAM or GOAWAY by which a server ended it; any number. */
  readonly resetCode?: number;
}

/** A failure that the proxy knows: its code is for everyone, its message for the operator only. */
export class ProxyError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterS: number;
  readonly resetCode: number | undefined;

  /** The message has the form "Cannot <what was tried>: <bound>, <what was found>" and no full stop. */
  constructor(code: ErrorCode, message: string, options?: ProxyErrorOptions) {
    super(message, options);
    this.name = 'ProxyError';
    this.code = code;
    this.retryAfterS = options?.retryAfterS ?? 1;
    this.resetCode = options?.resetCode;
  }

  get side(): Side {
    return kinds[this.code].side;
  }

  get status(): number {
    return kinds[this.code].status;
  }

  get retry(): Retry {
    return kinds[this.code].retry;
  }
}

/** What is not a ProxyError is our own bug: it becomes one that shows nothing of itself to the client. */
export function toProxyError(error: unknown): ProxyError {
  if (error instanceof ProxyError) return error;
  return new ProxyError('internal-error', `Cannot finish the exchange: ${String(error)}`, { cause: error });
}
