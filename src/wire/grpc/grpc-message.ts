const hex = '0123456789ABCDEF';

/**
 * Encodes a text for `grpc-message`: UTF-8, in which all but the printable signs of ASCII and `%` itself are written `%XX`
 * (grpc/grpc doc/PROTOCOL-HTTP2.md).
 */
export function encodeGrpcMessage(text: string): string {
  let out = '';
  for (const byte of Buffer.from(text)) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    out += plain ? String.fromCharCode(byte) : `%${hex[byte >> 4]!}${hex[byte & 15]!}`;
  }
  return out;
}

/** Decodes a `grpc-message`, as it may be said by anyone: what is no `%XX` stays as it is, what is no UTF-8 becomes U+FFFD. */
export function decodeGrpcMessage(value: string): string {
  const bytes = value.replaceAll(/%([\dA-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
