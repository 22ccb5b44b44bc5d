import { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import { parseAuthority, type Authority } from '../authority.ts';
import { tokenChar } from '../chars.ts';
import { removeNominated, removeTwins } from '../hop-by-hop.ts';
import { NOMINATES, persists, readConnection, readUpgrade, UPGRADE } from './connection.ts';
import { requestFaults } from './faults.ts';
import { lineEnd, parseFields, type FieldSection } from './field-section.ts';
import { CHUNKED, isChunked, readContentLength } from './framing.ts';
import type { MessageLimits } from './limits.ts';
import {
  httpsPort,
  isOriginForm,
  parseFullTarget,
  splitTarget,
  targetEnd,
  type FullTarget,
  type RequestTarget,
} from './target.ts';

/** What a request's head says. */
export interface RequestHead {
  readonly method: string;
  readonly target: RequestTarget;
  /** Minor version; a client that claims more than HTTP/1.1 gets 1.1. */
  readonly minor: 0 | 1;
  /** End-to-end fields only. */
  readonly headers: Headers;
  /** `host` or `host:port` as it stood in the target or else in Host; empty if HTTP/1.0 sent none. */
  readonly authority: string;
  /** Of `authority`: lower case, without port, brackets and final dot. */
  readonly host: string;
  /** Bytes of the body, 0 if there is none, or CHUNKED. */
  readonly bodyLength: number;
  /** The client is ready for another request on this connection. */
  readonly keepAlive: boolean;
  /** Lower-case protocol of `Upgrade`, if the client asks for one. Never with a body: where it ends would be open to doubt. */
  readonly upgrade: string | undefined;
  /** The client waits for a 100 before it sends the body. */
  readonly expectContinue: boolean;
  /** `TE: trailers`. */
  readonly acceptsTrailers: boolean;
}

const SP = 0x20;

/**
 * Parses a request's head, strictly: what two readers could take for two things is refused (RFC 9112 section 11.2).
 * @param text from a HeadReader, which answers for its characters and line ends.
 * @param secured the request came by TLS, or from a proxy whose word counts: its target may be an https URL (RFC 9110
 * section 7.4). Default: true.
 * @throws {ProxyError} `bad-request`, `bad-host`, `bad-path`, `bad-framing`, `uri-too-long`, `head-too-large`,
 * `version-not-supported`, `connect-refused`, `expectation-failed`, `misdirected-request`.
 */
export function parseRequestHead(text: string, limits: MessageLimits, secured = true): RequestHead {
  const end = lineEnd(text, 0);
  if (end > limits.lineBytes)
    throw new ProxyError('uri-too-long', `Cannot read the request line: it is longer than ${limits.lineBytes} bytes`);
  const methodEnd = tokenEnd(text);
  const rawEnd = targetEnd(text, methodEnd + 1);
  const minor = readVersion(text, methodEnd, rawEnd, end);
  const method = text.slice(0, methodEnd);
  if (method === 'CONNECT') throw new ProxyError('connect-refused', 'Cannot CONNECT: this is no forward proxy');
  const raw = text.slice(methodEnd + 1, rawEnd);
  const full = isOriginForm(raw) ? undefined : parseFullTarget(raw, method);
  if (!secured && full?.defaultPort === httpsPort)
    throw new ProxyError('misdirected-request', 'Cannot answer here: an https URL came without TLS');
  const section = parseFields(text, end + 2, limits, requestFaults);
  return headOf({ method, target: full?.target ?? splitTarget(raw), minor, full }, section);
}

interface RequestLine {
  readonly method: string;
  readonly target: RequestTarget;
  readonly minor: 0 | 1;
  readonly full: FullTarget | undefined;
}

function headOf(line: RequestLine, section: FieldSection): RequestHead {
  const { method, target, minor, full } = line;
  const authority = full?.authority ?? section.host ?? '';
  const host = hostOf(full, section.host, minor);
  const bodyLength = bodyLengthOf(section, minor);
  const options = optionsOf(section);
  return {
    method,
    target,
    minor,
    headers: section.headers,
    authority,
    host,
    bodyLength,
    keepAlive: persists(options, minor),
    upgrade: (options & UPGRADE) !== 0 && minor === 1 && bodyLength === 0 ? readUpgrade(section.upgrade) : undefined,
    expectContinue: minor === 1 && expectsContinue(section.expect, bodyLength),
    acceptsTrailers: section.te !== undefined && namesTrailers(section.te),
  };
}

/** What Connection says, obeyed where it names fields; fields that only look like ours go with them. */
function optionsOf(section: FieldSection): number {
  const { connection, headers } = section;
  const options = readConnection(connection);
  if (connection !== undefined && (options & NOMINATES) !== 0) removeNominated(headers, connection);
  if (section.hasUnderscores) removeTwins(headers);
  return options;
}

/** Where the method ends: at the first byte that no token has, which must be the one space before the target. */
function tokenEnd(text: string): number {
  let at = 0;
  while (tokenChar[text.charCodeAt(at)] === 1) at++;
  if (at > 0 && text.charCodeAt(at) === SP) return at;
  throw badLine('it does not begin with a method and a space');
}

/** Judges what follows the target: one space and a version that we speak. */
function readVersion(text: string, methodEnd: number, rawEnd: number, end: number): 0 | 1 {
  if (rawEnd < end && text.charCodeAt(rawEnd) !== SP) {
    throw new ProxyError('bad-path', 'Cannot read the target: it has a character that must be percent-encoded');
  }
  if (rawEnd === methodEnd + 1) throw badLine('no target after the method');
  if (rawEnd >= end)
    throw new ProxyError('version-not-supported', 'Cannot serve HTTP/0.9: the request line has no version');
  const version = text.slice(rawEnd + 1, end);
  if (version === 'HTTP/1.1') return 1;
  if (version === 'HTTP/1.0') return 0;
  if (!/^HTTP\/\d\.\d$/.test(version)) throw badLine('it does not end with a version');
  if (version.startsWith('HTTP/1.')) return 1;
  throw new ProxyError('version-not-supported', `Cannot serve ${version}: only HTTP/1.0 and HTTP/1.1 are spoken here`);
}

/** The host that the request is for; the target's own wins, but Host must say the same (RFC 9112 section 3.2.2). */
function hostOf(full: FullTarget | undefined, hostField: string | undefined, minor: 0 | 1): string {
  if (hostField === undefined && minor === 1)
    throw new ProxyError('bad-host', 'Cannot tell the host of the request: Host is missing');
  const named = hostField === undefined ? undefined : parseAuthority(hostField);
  if (full?.authority === undefined) return named?.host ?? '';
  const own = parseAuthority(full.authority);
  if (named !== undefined && !agree(own, named, full.defaultPort)) {
    throw new ProxyError('bad-host', 'Cannot tell the host of the request: the target and Host name different ones');
  }
  return own.host;
}

function agree(a: Authority, b: Authority, defaultPort: number): boolean {
  return a.host === b.host && (a.port ?? defaultPort) === (b.port ?? defaultPort);
}

/** RFC 9112 section 6.3 without its allowances: where lengths contradict each other, nothing is believed. */
function bodyLengthOf(section: FieldSection, minor: 0 | 1): number {
  const { contentLength, transferEncoding } = section;
  if (transferEncoding !== undefined) {
    if (minor === 0) throw badFraming('Transfer-Encoding in HTTP/1.0');
    if (contentLength !== undefined) throw badFraming('both Content-Length and Transfer-Encoding');
    if (!isChunked(transferEncoding)) throw badFraming('a Transfer-Encoding other than one chunked');
    return CHUNKED;
  }
  if (contentLength === undefined) return 0;
  const length = readContentLength(contentLength);
  if (length === undefined) throw badFraming('Content-Length is repeated or not a number');
  return length;
}

/** RFC 9110 section 10.1.1: meaningless where there is no body to wait with. */
function expectsContinue(expect: string | undefined, bodyLength: number): boolean {
  if (expect === undefined) return false;
  if (expect.toLowerCase() === '100-continue') return bodyLength !== 0;
  throw new ProxyError('expectation-failed', 'Cannot meet the expectation: only 100-continue is known');
}

function namesTrailers(te: string): boolean {
  return te === 'trailers' || te.split(',').some((coding) => coding.trim().toLowerCase() === 'trailers');
}

function badFraming(why: string): ProxyError {
  return new ProxyError('bad-framing', `Cannot tell where the request ends: ${why}`);
}

function badLine(why: string): ProxyError {
  return new ProxyError('bad-request', `Cannot read the request line: ${why}`);
}
