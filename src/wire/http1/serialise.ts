import { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import { fieldChar } from '../chars.ts';
import { reasonOf } from './status-reasons.ts';

/**
 * The text of a request's head, to be written as latin1.
 * Names and values go out as they are: parsed ones have been judged by the HeadReader, all others must have passed
 * `isToken` and `assertFieldValue` where they were made, once a config instead of once a request for most.
 * @param host empty: no Host line.
 * @param framing ready lines, each ended by CRLF; may be empty.
 */
// oxlint-disable-next-line max-params -- once a request: an options object would be made for nothing
export function requestHeadText(
  method: string,
  target: string,
  host: string,
  headers: Headers,
  framing: string,
): string {
  const start = `${method} ${target} HTTP/1.1\r\n`;
  return fieldLines(host === '' ? start : `${start}Host: ${host}\r\n`, headers) + framing + '\r\n';
}

/** The text of an answer's head; as above. The standard reason phrase stands in for an empty one. */
export function responseHeadText(status: number, reason: string, headers: Headers, framing: string): string {
  const start = `HTTP/1.1 ${status} ${reason === '' ? reasonOf(status) : reason}\r\n`;
  return fieldLines(start, headers) + framing + '\r\n';
}

/** The line that begins a chunk of so many bytes; the payload and CRLF follow. */
export function chunkStart(bytes: number): string {
  return `${bytes.toString(16)}\r\n`;
}

/** What ends a chunked body. */
export function lastChunk(trailers?: Headers): string {
  return trailers === undefined ? '0\r\n\r\n' : `${fieldLines('0\r\n', trailers)}\r\n`;
}

/**
 * For values that no parser has judged (names: `isToken`): one with a line end in it would let its author write the rest
 * of the message. Characters past 255 count, since latin1 cuts U+010A down to a line feed.
 * @param name for the message.
 * @public
 * @throws {ProxyError} `internal-error`: such a value should have been refused where it came from.
 */
export function assertFieldValue(value: string, name: string): void {
  for (let i = 0; i < value.length; i++) {
    if (fieldChar[value.charCodeAt(i)] === 1) continue;
    throw new ProxyError(
      'internal-error',
      `Cannot send ${name}: a character that no field may hold, at ${i} of its value`,
    );
  }
}

/** Field lines behind `start`, each ended by CRLF. */
export function fieldLines(start: string, headers: Headers): string {
  const { names, values } = headers;
  let text = start;
  for (let i = 0; i < names.length; i++) text += `${names[i]}: ${values[i]}\r\n`;
  return text;
}
