import { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import { removeNominated } from '../hop-by-hop.ts';
import { NOMINATES, persists, readConnection, readUpgrade, UPGRADE } from './connection.ts';
import { responseFaults } from './faults.ts';
import { lineEnd, parseFields, type FieldSection } from './field-section.ts';
import { CHUNKED, isChunked, readContentLength, UNTIL_CLOSE } from './framing.ts';
import type { MessageLimits } from './limits.ts';

/** What an answer's head says. */
export interface ResponseHead {
  /** 100 to 599. */
  readonly status: number;
  /** As the server sent it; may be empty. */
  readonly reason: string;
  readonly minor: 0 | 1;
  /** End-to-end fields only. */
  readonly headers: Headers;
  /** The server would keep the connection. A body that lasts until the close (`responseBodyLength`) ends it all the same. */
  readonly keepAlive: boolean;
  /** Lower-case protocol that a 101 changes to, or that a 426 asks for. */
  readonly upgrade: string | undefined;
  /** A valid Content-Length as it was written: of the body, or for HEAD and 304 of the one that GET would have brought. */
  readonly contentLength: string | undefined;
  readonly transferChunked: boolean;
}

const SP = 0x20;

/**
 * Parses the head of an answer.
 * @param text from a HeadReader, which answers for its characters and line ends.
 * @throws {ProxyError} `server-junk`, whatever is wrong.
 */
export function parseResponseHead(text: string, limits: MessageLimits): ResponseHead {
  const end = lineEnd(text, 0);
  if (end > limits.lineBytes) throw junk(`the status line is longer than ${limits.lineBytes} bytes`);
  const minor = readVersion(text);
  const status = readStatus(text, end);
  const section = parseFields(text, end + 2, limits, responseFaults);
  const { connection, headers, contentLength } = section;
  const options = readConnection(connection);
  if (connection !== undefined && (options & NOMINATES) !== 0) removeNominated(headers, connection);
  checkFraming(section, minor);
  const bodiless = status < 200 || status === 204;
  return {
    status,
    reason: text.slice(13, end),
    minor,
    headers,
    keepAlive: persists(options, minor) && !(bodiless && announcesBody(section)),
    upgrade: mayUpgrade(status) && (options & UPGRADE) !== 0 ? readUpgrade(section.upgrade) : undefined,
    contentLength: bodiless ? undefined : contentLength,
    transferChunked: section.transferEncoding !== undefined && !bodiless,
  };
}

function mayUpgrade(status: number): boolean {
  return status === 101 || status === 426;
}

/** The length of the body that follows: bytes, CHUNKED or UNTIL_CLOSE (RFC 9112 section 6.3). */
export function responseBodyLength(head: ResponseHead, method: string): number {
  const { status } = head;
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 0;
  if (head.transferChunked) return CHUNKED;
  return head.contentLength === undefined ? UNTIL_CLOSE : Number(head.contentLength);
}

function readVersion(text: string): 0 | 1 {
  if (text.startsWith('HTTP/1.1 ')) return 1;
  if (text.startsWith('HTTP/1.0 ')) return 0;
  throw junk('it does not begin with HTTP/1.1 or HTTP/1.0');
}

/** Three digits, and nothing or a space after them. */
function readStatus(text: string, end: number): number {
  const status = digitAt(text, 9) * 100 + digitAt(text, 10) * 10 + digitAt(text, 11);
  // NaN where one of them is no digit, which is not within the bounds either.
  if (!(status >= 100 && status <= 599)) throw junk('its status is not a number from 100 to 599');
  if (end > 12 && text.charCodeAt(12) !== SP) throw junk('its status has more than three digits');
  return status;
}

function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : Number.NaN;
}

/** A server's word on its answer's length must be one, or a second answer could hide in the first. */
function checkFraming(section: FieldSection, minor: 0 | 1): void {
  const { contentLength, transferEncoding } = section;
  if (contentLength !== undefined && readContentLength(contentLength) === undefined) {
    throw junk('its Content-Length is repeated or not a number');
  }
  if (transferEncoding === undefined) return;
  if (minor === 0) throw junk('Transfer-Encoding in HTTP/1.0');
  if (contentLength !== undefined) throw junk('both Content-Length and Transfer-Encoding');
  if (!isChunked(transferEncoding)) throw junk('a Transfer-Encoding other than one chunked');
}

function junk(why: string): ProxyError {
  return new ProxyError('server-junk', `Cannot read the answer: ${why}`);
}

/**
 * An answer that by its status has no body may not speak of one either (RFC 9112 section 6.3); `Content-Length: 0`, which
 * many send with a 204, does no harm. After any other it is anyone's guess what the server sends next.
 */
function announcesBody(section: FieldSection): boolean {
  return section.transferEncoding !== undefined || Number(section.contentLength ?? 0) > 0;
}
