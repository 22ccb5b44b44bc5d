import { ProxyError, type ErrorCode } from '../../src/core/errors.ts';
import type { Random } from '../engine/random.ts';

/** What a parser said: a value, or the reason code of its refusal. */
export type Outcome<T> = { readonly value: T } | { readonly code: ErrorCode };

/** Takes refusals for answers. Any other error is a defect, and so is a refusal by `internal-error`. */
export function outcomeOf<T>(parse: () => T): Outcome<T> {
  try {
    return { value: parse() };
  } catch (error) {
    if (!(error instanceof ProxyError) || error.code === 'internal-error') throw error;
    return { code: error.code };
  }
}

/** The bytes in pieces, each in memory of its own: sometimes one by one, sometimes hardly cut. */
export function piecesOf(input: Buffer, random: Random): Buffer[] {
  const longest = random.pick([1, 2, 5, 40, 1000]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < input.length;) {
    const end = at + 1 + random.int(longest);
    pieces.push(Buffer.from(input.subarray(at, end)));
    at = end;
  }
  return pieces;
}
