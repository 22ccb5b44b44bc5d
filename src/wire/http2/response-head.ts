import { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import { responseFaults } from '../http1/faults.ts';
import { CHUNKED, readContentLength } from '../http1/framing.ts';
import { FieldParts } from './field-parts.ts';
import type { HeaderField } from './header-field.ts';

/** What an answer's head says. */
export interface Http2ResponseHead {
  /** 100 to 599, but not 101, which HTTP/2 does not have. */
  readonly status: number;
  /** End-to-end fields only, names in lower case. */
  readonly headers: Headers;
  /** A valid Content-Length as it was written: of the body, or for HEAD and 304 of the one that GET would have brought. */
  readonly contentLength: string | undefined;
  /** Names of fields that may not be indexed where they are sent on (RFC 7541 section 6.2.3). */
  readonly neverIndexed: readonly string[] | undefined;
}

/**
 * Makes an answer's head of the fields of a block (RFC 9113 section 8.3.2).
 * @param lineBytes bounds each field.
 * @throws {ProxyError} `server-junk`, whatever is wrong.
 */
export function parseResponseFields(fields: readonly HeaderField[], lineBytes: number): Http2ResponseHead {
  const parts = new FieldParts(fields, lineBytes, responseFaults);
  if (hasRequestPart(parts)) throw junk('it has pseudo-headers of a request');
  const status = readStatus(parts.status);
  const { contentLength, headers, neverIndexed } = parts;
  if (contentLength !== undefined && readContentLength(contentLength) === undefined)
    throw junk('its Content-Length is repeated or not a number');
  const bodiless = status < 200 || status === 204;
  return { status, headers, contentLength: bodiless ? undefined : contentLength, neverIndexed };
}

/** Bytes of the body that follows, or CHUNKED: its end will tell. */
export function responseFieldsLength({ status, contentLength }: Http2ResponseHead, method: string): number {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 0;
  return contentLength === undefined ? CHUNKED : Number(contentLength);
}

function hasRequestPart({ method, scheme, authority, path, protocol }: FieldParts): boolean {
  return (method ?? scheme ?? authority ?? path ?? protocol) !== undefined;
}

function readStatus(text: string | undefined): number {
  if (text === undefined) throw junk('it has no :status');
  const status = text.length === 3 ? (readContentLength(text) ?? 0) : 0;
  if (status < 100 || status > 599) throw junk('its status is not a number from 100 to 599');
  if (status === 101) throw junk('a 101, which HTTP/2 does not have');
  return status;
}

function junk(why: string): ProxyError {
  return new ProxyError('server-junk', `Cannot read the answer: ${why}`);
}
