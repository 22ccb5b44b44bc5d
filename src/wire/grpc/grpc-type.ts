const TYPE = 'application/grpc';

/**
 * Says of a `Content-Type` whether it is that of a gRPC call: `application/grpc`, also with an encoding (`+proto`) or a parameter behind it.
 * `application/grpc-web` is another protocol.
 */
export function isGrpcType(value: string): boolean {
  if (value.length < TYPE.length) return false;
  if (!value.startsWith(TYPE) && value.slice(0, TYPE.length).toLowerCase() !== TYPE) return false;
  if (value.length === TYPE.length) return true;
  const next = value.charCodeAt(TYPE.length);
  return next === 0x2b || next === 0x3b || next === 0x20 || next === 0x09; // + ; and white space
}
