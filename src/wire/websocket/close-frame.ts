/** The end that leaves: it stops, or the page goes elsewhere (RFC 6455 section 7.4.1). */
export const GOING_AWAY = 1001;

/**
 * A frame that closes (RFC 6455 section 5.5.1).
 *
 * @param mask four bytes that nobody can foresee, for a frame to a server (section 5.3); undefined for one to a client, which
 *   must not be masked.
 */
export function closeFrame(code: number, mask?: Uint8Array): Buffer {
  const payload = [code >> 8, code & 0xff] as const;
  if (mask === undefined) return Buffer.of(0x88, payload.length, ...payload);
  const masked = payload.map((byte, i) => byte ^ mask[i]!);
  return Buffer.of(0x88, 0x80 | payload.length, ...mask.subarray(0, 4), ...masked);
}
