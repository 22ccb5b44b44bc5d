import { Field } from '../../../core/field-names.ts';
import { CHUNKED, UNTIL_CLOSE } from '../../../wire/http1/framing.ts';
import { responseHeadText } from '../../../wire/http1/serialise.ts';
import type { Exchange, ProxyResponse } from '../../exchange.ts';

/** How an answer's body goes out, by RFC 9112 section 6.3: what this client can read, whatever the server sent. */
export function answerLength(exchange: Exchange, response: ProxyResponse): number {
  if (!response.body) return 0;
  if (response.status === 101) return UNTIL_CLOSE;
  if (response.body.length !== undefined) return response.body.length;
  return exchange.protocol === 'HTTP/1.0' ? UNTIL_CLOSE : CHUNKED;
}

/** The head of an answer, with our own framing, Connection and (RFC 9110 section 6.6.1) Date. */
export function answerHead(
  exchange: Exchange,
  response: ProxyResponse,
  length: number,
  rest: { keepAlive: boolean; date: { line(): string } },
): string {
  let framing = response.headers.ids.includes(Field.Date) ? '' : rest.date.line();
  if (response.status === 101)
    framing += `Connection: Upgrade\r\nUpgrade: ${response.upgrade ?? exchange.upgrade ?? ''}\r\n`;
  else framing += lengthLine(exchange, response, length) + connectionLine(exchange, response, rest.keepAlive);
  return responseHeadText(response.status, response.reason, response.headers, framing);
}

function lengthLine(exchange: Exchange, response: ProxyResponse, length: number): string {
  if (length > 0) return `Content-Length: ${length}\r\n`;
  if (length === CHUNKED) return 'Transfer-Encoding: chunked\r\n';
  if (length === UNTIL_CLOSE || response.status === 204) return '';
  if (exchange.method !== 'HEAD' && response.status !== 304) return 'Content-Length: 0\r\n';
  return response.announcedLength === undefined ? '' : `Content-Length: ${response.announcedLength}\r\n`;
}

function connectionLine(exchange: Exchange, { status, upgrade }: ProxyResponse, keepAlive: boolean): string {
  // RFC 9110 section 15.5.22: it says which protocol is asked for; HTTP/1.0 cannot change to any.
  if (status === 426 && upgrade !== undefined && exchange.protocol !== 'HTTP/1.0')
    return `Connection: Upgrade${keepAlive ? '' : ', close'}\r\nUpgrade: ${upgrade}\r\n`;
  if (!keepAlive) return 'Connection: close\r\n';
  return exchange.protocol === 'HTTP/1.0' ? 'Connection: keep-alive\r\n' : '';
}
