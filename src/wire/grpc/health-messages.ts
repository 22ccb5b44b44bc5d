import { ProtobufReader, WireType, writeBytesField } from './protobuf.ts';

/** `grpc.health.v1.Health/Check` as a path. */
export const healthCheckPath = '/grpc.health.v1.Health/Check';

/** `HealthCheckResponse.ServingStatus`. */
export const ServingStatus = { Unknown: 0, Serving: 1, NotServing: 2, ServiceUnknown: 3 } as const;

/** Field 1 of both messages: the service that is asked for, and how it is. */
const FIELD = 1;

/** `HealthCheckRequest`. @param service empty: the server as a whole. */
export function encodeHealthRequest(service: string): Buffer {
  return service === '' ? Buffer.alloc(0) : writeBytesField(FIELD, Buffer.from(service));
}

/** The status of a `HealthCheckResponse`; fields that are not known are passed over. @returns undefined: it is no such message. */
export function decodeHealthResponse(message: Buffer): number | undefined {
  const reader = new ProtobufReader(message);
  let status: number = ServingStatus.Unknown;
  while (reader.next()) {
    // The last one holds, as protobuf has it.
    if (reader.field === FIELD && reader.type === WireType.Varint) status = reader.value;
  }
  return reader.broken ? undefined : status;
}
