/** What a client that speaks HTTP/2 begins with (RFC 9113 section 3.4). */
const text = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** To be sent by a client, before its SETTINGS. */
export const clientPreface: Buffer = Buffer.from(text, 'latin1');

/**
 * Whether bytes begin as the preface does, from its byte `done` on: so many of them are the same.
 * @returns how many bytes; -1 where one differs.
 */
export function matchPreface(chunk: Uint8Array, from: number, to: number, done = 0): number {
  const length = Math.min(to - from, clientPreface.length - done);
  for (let i = 0; i < length; i++) if (chunk[from + i] !== clientPreface[done + i]) return -1;
  return length;
}
