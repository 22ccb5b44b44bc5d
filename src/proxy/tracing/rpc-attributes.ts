import { GrpcStatus, grpcStatusName } from '../../wire/grpc/grpc-status.ts';
import type { Exchange } from '../exchange.ts';
import type { AttributeValue } from './span-json.ts';

/** Those that speak of the server; the others are about the call, and may be what its caller asked for. */
const serverFaults: ReadonlySet<number> = new Set([
  GrpcStatus.Unknown,
  GrpcStatus.DeadlineExceeded,
  GrpcStatus.Unimplemented,
  GrpcStatus.Internal,
  GrpcStatus.Unavailable,
  GrpcStatus.DataLoss,
]);

/** By OpenTelemetry's semantic conventions a gRPC server has failed with these. */
export function isGrpcServerFault(status: number | undefined): boolean {
  return status !== undefined && serverFaults.has(status);
}

/**
 * What OpenTelemetry's conventions for gRPC say of a call; nothing of what is none, or ended without a status.
 * @param path as it may be shown.
 */
export function rpcAttributes({ grpcStatus }: Exchange, path: string): Record<string, AttributeValue> {
  if (grpcStatus === undefined) return {};
  const [, service, method] = /^\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  return {
    'rpc.system': 'grpc',
    'rpc.service': service,
    'rpc.method': method,
    'rpc.grpc.status_code': grpcStatus,
  };
}

/** For `error.type`; undefined: the call went well. */
export function grpcErrorType({ grpcStatus = GrpcStatus.Ok }: Exchange): string | undefined {
  return grpcStatus === GrpcStatus.Ok ? undefined : grpcStatusName(grpcStatus);
}
