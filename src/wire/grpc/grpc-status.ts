import { Http2Code } from '../http2/codes.ts';

/** How a gRPC call ends (grpc/grpc doc/statuscodes.md): those that a proxy has a use for. */
export const GrpcStatus = {
  Ok: 0,
  Cancelled: 1,
  Unknown: 2,
  DeadlineExceeded: 4,
  NotFound: 5,
  PermissionDenied: 7,
  ResourceExhausted: 8,
  Unimplemented: 12,
  Internal: 13,
  Unavailable: 14,
  DataLoss: 15,
  Unauthenticated: 16,
} as const;

export type GrpcStatusCode = (typeof GrpcStatus)[keyof typeof GrpcStatus];

/** By their numbers. */
export const grpcStatusNames: readonly string[] = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** As people know it; its number where there is no such status. */
export function grpcStatusName(status: number): string {
  return grpcStatusNames[status] ?? String(status);
}

/** What a client makes of an answer that is no gRPC (grpc/grpc doc/http-grpc-status-mapping.md). */
export function grpcStatusOf(httpStatus: number): GrpcStatusCode {
  switch (httpStatus) {
    case 400:
      return GrpcStatus.Internal;
    case 401:
      return GrpcStatus.Unauthenticated;
    case 403:
      return GrpcStatus.PermissionDenied;
    case 404:
      return GrpcStatus.Unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return GrpcStatus.Unavailable;
    default:
      return GrpcStatus.Unknown;
  }
}

/** What a client makes of a stream that was reset (grpc/grpc doc/PROTOCOL-HTTP2.md, "Errors"). @param code of RST_STREAM. */
export function grpcStatusOfReset(code: number): GrpcStatusCode {
  switch (code) {
    case Http2Code.RefusedStream:
      return GrpcStatus.Unavailable;
    case Http2Code.Cancel:
      return GrpcStatus.Cancelled;
    case Http2Code.EnhanceYourCalm:
      return GrpcStatus.ResourceExhausted;
    case Http2Code.InadequateSecurity:
      return GrpcStatus.PermissionDenied;
    default:
      return GrpcStatus.Internal;
  }
}

/** The number that `grpc-status` says; undefined: none. A peer may say one that no list has. */
export function readGrpcStatus(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
