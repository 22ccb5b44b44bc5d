import { randomBytes } from 'node:crypto';
import { ProxyError } from '../../../core/errors.ts';
import { Headers } from '../../../core/headers.ts';
import type { HeaderField } from '../../../wire/http2/header-field.ts';
import {
  parseRequestFields,
  type Http2RequestHead,
  type RequestHeadOptions,
} from '../../../wire/http2/request-head.ts';
import { normalisePath, type PathOptions } from '../../../wire/path.ts';
import type { ExchangeHead } from '../client-exchange.ts';

/** Bytes of a part of a head that could not be read, in the log. */
const SHOWN = 256;

/** The request that opens a stream. */
export interface StreamRequest {
  readonly head: Http2RequestHead;
  /** Normalised. */
  readonly path: string;
}

/**
 * Reads the head of a request.
 * @param whole false: the list was over its limit.
 * @throws {ProxyError} as `parseRequestFields`.
 */
export function readRequest(
  fields: readonly HeaderField[],
  how: { readonly endStream: boolean; readonly whole: boolean },
  options: RequestHeadOptions & { readonly paths: PathOptions },
): StreamRequest {
  if (!how.whole) {
    const { headBytes, fields: most } = options.limits;
    throw new ProxyError('head-too-large', `Cannot read the head: more than ${headBytes} bytes or ${most} fields`);
  }
  const head = parseRequestFields(fields, how.endStream, options);
  const { path } = head.target;
  if (head.protocol === 'websocket' && !head.headers.has('Sec-WebSocket-Key'))
    head.headers.add('sec-websocket-key', randomBytes(16).toString('base64')); // Servers of HTTP/1 want one.
  return { head, path: path === '*' ? path : normalisePath(path, options.paths) };
}

/** What can be said in the log of a head that could not be read, cut short. */
export function unreadableRequest(fields: readonly HeaderField[]): ExchangeHead {
  return {
    method: shown(fields, ':method'),
    target: { query: '', raw: shown(fields, ':path') },
    headers: new Headers(),
    authority: '',
    host: '',
    expectContinue: false,
    acceptsTrailers: false,
  };
}

function shown(fields: readonly HeaderField[], name: string): string {
  return fields.find((field) => field.name === name)?.value.slice(0, SHOWN) ?? '';
}
