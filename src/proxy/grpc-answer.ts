import type { ErrorCode, ProxyError } from '../core/errors.ts';
import { Headers } from '../core/headers.ts';
import { encodeGrpcMessage } from '../wire/grpc/grpc-message.ts';
import { GrpcStatus, grpcStatusOf, grpcStatusOfReset, type GrpcStatusCode } from '../wire/grpc/grpc-status.ts';
import { isGrpcType } from '../wire/grpc/grpc-type.ts';
import type { Exchange, ProxyResponse } from './exchange.ts';

/** Where the reason says more than the status of its answer does. */
const byReason: Partial<Readonly<Record<ErrorCode, GrpcStatusCode>>> = {
  'deadline-exceeded': GrpcStatus.DeadlineExceeded,
  'body-too-large': GrpcStatus.ResourceExhausted,
  'middleware-failed': GrpcStatus.Internal,
  'internal-error': GrpcStatus.Internal,
  'file-failed': GrpcStatus.Internal,
  'loop-detected': GrpcStatus.Internal,
};

/** Fields that speak of a body which does not follow. */
const ofBodies: ReadonlySet<string> = new Set(['content-type', 'content-encoding', 'content-language', 'etag']);

/** What gRPC is spoken by: HTTP/2, POST and its content type. */
export function isGrpcCall({ protocol, method, headers }: Exchange): boolean {
  return protocol === 'HTTP/2.0' && method === 'POST' && isGrpcType(headers.get('content-type') ?? '');
}

/**
 * A failure as gRPC clients understand it: trailers only, in a 200. They learn the reason code and the id, as others do from
 * the JSON.
 */
export function grpcFailure(exchange: Exchange, error: ProxyError): ProxyResponse {
  return trailersOnly(exchange, statusOf(error), error.code);
}

/** The same for the answer of a feature that lets nobody through: its other fields stay, as metadata. */
export function grpcRefusal(
  exchange: Exchange,
  { status, headers, body }: ProxyResponse,
  gone: ProxyError,
): ProxyResponse {
  body?.cancel(gone);
  const answer = trailersOnly(exchange, grpcStatusOf(status), `HTTP ${status}`);
  for (const [i, name] of headers.names.entries()) {
    if (!ofBodies.has(name.toLowerCase())) answer.headers.add(name, headers.values[i]!, headers.ids[i]);
  }
  return answer;
}

function statusOf({ code, status, resetCode }: ProxyError): GrpcStatusCode {
  // What the caller would have heard from the server itself.
  if (resetCode !== undefined) return grpcStatusOfReset(resetCode);
  return byReason[code] ?? grpcStatusOf(status);
}

function trailersOnly(exchange: Exchange, status: GrpcStatusCode, why: string): ProxyResponse {
  const headers = new Headers();
  headers.add('Content-Type', 'application/grpc');
  headers.add('Grpc-Status', String(status));
  headers.add('Grpc-Message', encodeGrpcMessage(`${why}, id ${exchange.id}`));
  exchange.grpcStatus = status;
  return { status: 200, reason: '', headers, body: undefined, announcedLength: undefined };
}
