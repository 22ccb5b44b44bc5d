import { KeyedHash } from '../core/shared/keyed-hash.ts';

/** The same in every process: two of them before the same pools agree. */
const hashKey = [0x5bd1_e995, 0x27d4_eb2f] as const;

/** What has a share of the keys. */
export interface Share {
  readonly name: string;
  /** Above 0. */
  readonly weight: number;
}

/**
 * Who of several has a key: each has its weight's share of all keys, and a change of weights moves no more keys than it must
 * (weighted rendezvous hashing: everyone draws by key and name, and the best draw for its weight wins).
 *
 * @returns its index. @param shares at least one.
 */
export function shareOfKey(shares: readonly Share[], key: string): number {
  const hash = new KeyedHash(hashKey);
  let best = 0;
  let least = Infinity;
  for (let i = 0; i < shares.length; i++) {
    const { name, weight } = shares[i]!;
    const { high, low } = hash.of(`${name} ${key}`);
    // 52 bits, between 0 and 1 without the ends.
    const drawn = ((high >>> 0) * 0x10_0000 + (low >>> 12) + 0.5) / 2 ** 52;
    const value = -Math.log(drawn) / weight;
    if (value < least) [best, least] = [i, value];
  }
  return best;
}
