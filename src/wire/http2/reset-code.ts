import type { ErrorCode, ProxyError } from '../../core/errors.ts';
import { Http2Code, type Http2CodeValue } from './codes.ts';

const malformed: ReadonlySet<ErrorCode> = new Set([
  'bad-request',
  'bad-host',
  'bad-path',
  'bad-framing',
  'bad-body',
  'server-junk',
]);

/**
 * What RST_STREAM says of a message whose fields were refused: PROTOCOL_ERROR for a malformed one (RFC 9113 section 8.1.1), which may get
 * its answer (400) before. Undefined: the message is well-formed, an answer is all that it gets (414, 431, 405, 417, 421).
 */
export function resetCodeOf(error: ProxyError): Http2CodeValue | undefined {
  return malformed.has(error.code) ? Http2Code.ProtocolError : undefined;
}
