/** In front of each message: whether it is compressed, and its length (grpc/grpc doc/PROTOCOL-HTTP2.md). */
const PREFIX_BYTES = 5;

/** A message as it is sent, not compressed. */
export function frameMessage(message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** The message of a body that has one, not compressed. @returns undefined: the body is something else. */
export function onlyMessage(body: Buffer): Buffer | undefined {
  if (body.length < PREFIX_BYTES || body[0] !== 0) return undefined;
  return body.readUInt32BE(1) === body.length - PREFIX_BYTES ? body.subarray(PREFIX_BYTES) : undefined;
}
