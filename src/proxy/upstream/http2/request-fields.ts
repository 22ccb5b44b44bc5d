import { createHash } from 'node:crypto';
import { Headers } from '../../../core/headers.ts';
import type { HpackEncoder } from '../../../wire/http2/hpack-encoder.ts';
import { roomForFields } from '../../../wire/http2/hpack-encoder.ts';
import { writeFields, writeRequestFields } from '../../../wire/http2/write-heads.ts';
import type { ServerRequest } from '../connection-user.ts';
import { announcedLength } from '../outgoing-request.ts';

/** For what stands beside the fields, names and lengths of all pseudo-headers included. */
const BESIDE_BYTES = 256;

/** What a client of a WebSocket sends for the server to answer to; HTTP/2 has no use for it (RFC 8441 section 5). */
const KEY = 'sec-websocket-key';

/** Bytes that the head of a request takes at most. */
export function roomForRequest({ method, target, host, headers, fixed, upgrade }: ServerRequest): number {
  const texts = method.length + target.length + host.length + (upgrade?.length ?? 0);
  return BESIDE_BYTES + texts + roomForFields(headers) + (fixed === undefined ? 0 : roomForFields(fixed.headers));
}

/** Writes the head of a request (RFC 9113 section 8.3.1), or of an extended CONNECT where it is to become a tunnel (RFC 8441). */
export function writeRequest(encoder: HpackEncoder, request: ServerRequest, scheme: 'http' | 'https'): void {
  const { upgrade, target, host, fixed } = request;
  const method = upgrade === undefined ? request.method : 'CONNECT';
  const headers = upgrade === undefined ? request.headers : withoutKey(request.headers);
  writeRequestFields(
    encoder,
    { method, scheme, authority: host, path: target, protocol: upgrade },
    headers,
    headers.neverIndexed,
  );
  if (fixed !== undefined) writeFields(encoder, fixed.headers);
  if (upgrade === undefined) writeFraming(encoder, request);
}

function writeFraming(encoder: HpackEncoder, request: ServerRequest): void {
  const { method, bodyLength, expectContinue, acceptsTrailers } = request;
  const announced = announcedLength(method, bodyLength);
  if (announced !== undefined) encoder.field('content-length', String(announced));
  if (expectContinue && bodyLength !== 0) encoder.field('expect', '100-continue');
  if (acceptsTrailers) encoder.field('te', 'trailers');
}

function withoutKey({ names, values, ids, neverIndexed }: Headers): Headers {
  const kept = new Headers();
  kept.neverIndexed = neverIndexed;
  for (let i = 0; i < names.length; i++) if (names[i]!.toLowerCase() !== KEY) kept.add(names[i]!, values[i]!, ids[i]);
  return kept;
}

/** The `Sec-WebSocket-Accept` of a server that has agreed (RFC 6455 section 4.2.2), for clients that ask for it. */
export function webSocketAccept(request: Headers): string | undefined {
  const key = request.get(KEY);
  if (key === undefined) return undefined;
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
