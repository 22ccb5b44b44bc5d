/** Milliseconds of the units of `grpc-timeout` (grpc/grpc doc/PROTOCOL-HTTP2.md). */
const units: ReadonlyMap<string, number> = new Map([
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1000],
  ['m', 1],
  ['u', 0.001],
  ['n', 0.000_001],
]);

const MOST_DIGITS = 8;

/** Reads `grpc-timeout`: one to eight digits and a unit. @returns milliseconds; undefined: it is nothing of the kind. */
export function readGrpcTimeout(text: string): number | undefined {
  const digits = text.length - 1;
  const unit = units.get(text.charAt(digits));
  if (digits < 1 || digits > MOST_DIGITS || unit === undefined) return undefined;
  let value = 0;
  for (let i = 0; i < digits; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value * unit;
}

/** The finest first, and of those in use the ones that the usual times need no rounding for. */
const written: readonly (readonly [unit: string, ms: number])[] = [
  ['u', 0.001],
  ['m', 1],
  ['S', 1000],
  ['M', 60_000],
  ['H', 3_600_000],
];

/**
 * Writes a time for `grpc-timeout`, in the finest unit that has room for it, from microseconds on. It is rounded down: a server must not
 * have more time than the client. What has run out is `1n`, the least that can be said.
 */
export function writeGrpcTimeout(ms: number): string {
  if (ms < 0.001) return '1n';
  for (const [unit, size] of written) {
    const value = Math.floor(ms / size);
    if (value < 10 ** MOST_DIGITS) return `${value}${unit}`;
  }
  return '99999999H';
}
