/** What a `Connection` value asks for: bits, since every message has some. */
const CLOSE = 1;
const KEEP_ALIVE = 2;
export const UPGRADE = 4;
/** It names other options, which are names of fields to be removed. */
export const NOMINATES = 8;

const bits: ReadonlyMap<string, number> = new Map([
  ['close', CLOSE],
  ['Close', CLOSE],
  ['keep-alive', KEEP_ALIVE],
  ['Keep-Alive', KEEP_ALIVE],
  ['upgrade', UPGRADE],
  ['Upgrade', UPGRADE],
  ['', 0],
]);

/** The bits of a `Connection` value (RFC 9110 section 7.6.1), a list without regard to case. What is no token names nothing. */
export function readConnection(value: string | undefined): number {
  if (value === undefined) return 0;
  const known = bits.get(value);
  if (known !== undefined) return known;
  let all = 0;
  for (const option of value.split(',')) all |= bits.get(option.trim().toLowerCase()) ?? NOMINATES;
  return all;
}

/** Whether the connection lasts after this message (RFC 9112 section 9.3). */
export function persists(options: number, minor: 0 | 1): boolean {
  if ((options & CLOSE) !== 0) return false;
  return minor === 1 || (options & KEEP_ALIVE) !== 0;
}

/**
 * The first protocol of an `Upgrade` value in lower case, with its version if it has one. `h2c` is passed over: it
 * carries requests past the proxy's eyes, and browsers never ask for it.
 */
export function readUpgrade(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  for (const element of value.split(',')) {
    const protocol = element.trim().toLowerCase();
    if (protocol !== 'h2c' && protocol !== '') return protocol;
  }
  return undefined;
}
