import type { ProxyError } from '../../../core/errors.ts';
import { Http2Code, type Http2CodeValue } from '../../../wire/http2/codes.ts';
import { resetCodeOf } from '../../../wire/http2/reset-code.ts';

/** What RST_STREAM says where an answer or a tunnel breaks off. */
export function breakOffCode(error: ProxyError, tunnel: boolean): Http2CodeValue {
  if (error.side === 'client') return resetCodeOf(error) ?? Http2Code.Cancel;
  return passedOn(error) ?? (tunnel ? Http2Code.Cancel : Http2Code.InternalError);
}

/** What a server ends an answer with says something to the client where it is about the answer, not about the connection to the server. */
function passedOn({ resetCode }: ProxyError): Http2CodeValue | undefined {
  return meant.find((code) => code === resetCode);
}

const meant: readonly Http2CodeValue[] = [Http2Code.Cancel, Http2Code.EnhanceYourCalm, Http2Code.InadequateSecurity];
