import { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import { type Authority, parseAuthority } from '../authority.ts';
import { isToken } from '../chars.ts';
import { requestFaults } from '../http1/faults.ts';
import { CHUNKED, readContentLength } from '../http1/framing.ts';
import type { MessageLimits } from '../http1/limits.ts';
import { httpsPort, isOriginForm, type RequestTarget, splitTarget, targetEnd } from '../http1/target.ts';
import { FieldParts } from './field-parts.ts';
import type { HeaderField } from './header-field.ts';

/** What a request's head says. */
export interface Http2RequestHead {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  readonly target: RequestTarget;
  /** End-to-end fields only, names in lower case; crumbs of a cookie are one field. */
  readonly headers: Headers;
  /** `host` or `host:port` as it stood in `:authority` or else in Host. */
  readonly authority: string;
  /** Of `authority`: lower case, without port, brackets and final dot. */
  readonly host: string;
  /** Bytes of the body, 0 if there is none, or CHUNKED: its end will tell. */
  readonly bodyLength: number;
  /** Lower-case `:protocol` of an extended CONNECT (RFC 8441). */
  readonly protocol: string | undefined;
  /** The client waits for a 100 before it sends the body. */
  readonly expectContinue: boolean;
  /** `TE: trailers`. */
  readonly acceptsTrailers: boolean;
  /** The field of that name (RFC 9218), for `parsePriority`; it stays in `headers`, too. */
  readonly priority: string | undefined;
  /** Names of fields that may not be indexed where they are sent on (RFC 7541 section 6.2.3). */
  readonly neverIndexed: readonly string[] | undefined;
}

export interface RequestHeadOptions {
  /** Counted without framing: `headBytes` and `fields` are the decoder's business, `lineBytes` bounds each field. */
  readonly limits: MessageLimits;
  /** The request came by TLS, or from a proxy whose word counts: its scheme may be https. */
  readonly secured: boolean;
  /** We have sent SETTINGS_ENABLE_CONNECT_PROTOCOL. */
  readonly extendedConnect: boolean;
}

/**
 * Makes a request's head of the fields of a block, as strictly as HTTP/1 is read (RFC 9113 sections 8.2 and 8.3).
 * @param fields all of them: a list that was over its limit is refused by whoever decoded it.
 * @param endStream no body follows.
 * @throws {ProxyError} `bad-request`, `bad-host`, `bad-path`, `bad-framing`: the request is malformed (`resetCodeOf`), and HTTP/1
 * would answer as the code says. `uri-too-long`, `head-too-large`, `connect-refused`, `expectation-failed`,
 * `misdirected-request`: it is well-formed, and is answered.
 */
export function parseRequestFields(
  fields: readonly HeaderField[],
  endStream: boolean,
  options: RequestHeadOptions,
): Http2RequestHead {
  const parts = new FieldParts(fields, options.limits.lineBytes, requestFaults);
  const { method } = parts;
  if (parts.status !== undefined) throw malformed(':status is for answers');
  if (method === undefined || !isToken(method)) throw malformed(':method is missing or no token');
  const protocol = protocolOf(parts, options);
  if (method === 'CONNECT' && protocol === undefined) throw refuseConnect(parts);
  const scheme = schemeOf(parts.scheme, options.secured);
  const target = targetOf(parts.path, method);
  const bodyLength = bodyLengthOf(parts.contentLength, endStream);
  return {
    method,
    scheme,
    target,
    headers: parts.headers,
    authority: parts.authority ?? parts.host ?? '',
    host: hostOf(parts, scheme === 'https' ? httpsPort : 80),
    bodyLength,
    protocol,
    expectContinue: expectsContinue(parts.expect, bodyLength),
    acceptsTrailers: parts.te !== undefined,
    priority: parts.priority,
    neverIndexed: parts.neverIndexed,
  };
}

/** RFC 8441 section 4: only with CONNECT, and only if we have said that we know it. */
function protocolOf({ method, protocol }: FieldParts, { extendedConnect }: RequestHeadOptions): string | undefined {
  if (protocol === undefined) return undefined;
  if (!extendedConnect) throw malformed(':protocol, which was not offered');
  if (method !== 'CONNECT') throw malformed(':protocol is for CONNECT only');
  if (!isToken(protocol)) throw malformed(':protocol is no token');
  return protocol.toLowerCase();
}

/** RFC 9113 section 8.5: even what is refused has to be well-formed. */
function refuseConnect({ scheme, path, authority }: FieldParts): ProxyError {
  if (scheme !== undefined || path !== undefined) return malformed('CONNECT has a :scheme or :path');
  if (authority === undefined) return malformed('CONNECT has no :authority');
  return new ProxyError('connect-refused', 'Cannot CONNECT: this is no forward proxy');
}

function schemeOf(scheme: string | undefined, secured: boolean): 'http' | 'https' {
  const lower = scheme?.toLowerCase();
  if (lower !== 'http' && lower !== 'https') throw malformed(':scheme is missing, or neither http nor https');
  if (lower === 'https' && !secured)
    throw new ProxyError('misdirected-request', 'Cannot answer here: an https URL came without TLS');
  return lower;
}

/** RFC 9113 section 8.3.1: a path, or `*` for OPTIONS. */
function targetOf(path: string | undefined, method: string): RequestTarget {
  if (path === undefined || path === '') throw malformed(':path is missing or empty');
  if (path === '*' && method === 'OPTIONS') return { path, query: '', raw: path };
  if (!isOriginForm(path)) throw badPath('it does not begin with a slash');
  if (targetEnd(path, 0) < path.length) throw badPath('it has a character that must be percent-encoded');
  return splitTarget(path);
}

/** The host that the request is for: `:authority` wins, but Host must say the same. */
function hostOf({ authority, host }: FieldParts, defaultPort: number): string {
  const text = authority ?? host;
  if (text === undefined)
    throw new ProxyError('bad-host', 'Cannot tell the host of the request: neither :authority nor Host');
  const own = parseAuthority(text);
  if (host !== undefined && host !== text && !agree(own, parseAuthority(host), defaultPort))
    throw new ProxyError('bad-host', 'Cannot tell the host of the request: :authority and Host name different ones');
  return own.host;
}

function agree(a: Authority, b: Authority, defaultPort: number): boolean {
  return a.host === b.host && (a.port ?? defaultPort) === (b.port ?? defaultPort);
}

/** RFC 9113 section 8.1.1: what is announced must come. */
function bodyLengthOf(contentLength: string | undefined, endStream: boolean): number {
  if (contentLength === undefined) return endStream ? 0 : CHUNKED;
  const length = readContentLength(contentLength);
  if (length === undefined) throw badFraming('Content-Length is repeated or not a number');
  if (endStream && length > 0) throw badFraming('Content-Length announces a body, and none comes');
  return length;
}

/** RFC 9110 section 10.1.1: meaningless where there is no body to wait with. */
function expectsContinue(expect: string | undefined, bodyLength: number): boolean {
  if (expect === undefined) return false;
  if (expect.toLowerCase() === '100-continue') return bodyLength !== 0;
  throw new ProxyError('expectation-failed', 'Cannot meet the expectation: only 100-continue is known');
}

function malformed(why: string): ProxyError {
  return new ProxyError('bad-request', `Cannot read the request: ${why}`);
}

function badPath(why: string): ProxyError {
  return new ProxyError('bad-path', `Cannot read the target: ${why}`);
}

function badFraming(why: string): ProxyError {
  return new ProxyError('bad-framing', `Cannot tell where the request ends: ${why}`);
}
