import { randomBytes } from 'node:crypto';

import { SharedBonds, type BondsMemory } from '../core/shared/shared-bonds.ts';

/** Sessions, addresses and other keys that are known to be bound to a server, over all pools; 20 bytes each. */
const mostBonds = 131_072;

/** What the bonds of clients stand on, as it is given to every thread. */
export interface BondMemory {
  readonly known: BondsMemory;
  /** Signs cookies where the config has no secret of its own. */
  readonly secret: string;
}

/** The same, as a thread uses it. */
export interface BondEnv {
  readonly known: SharedBonds;
  readonly secret: string;
}

/** @param secret default: one that ends with the process. */
export function allocateBonds(secret: string = newBondSecret()): BondMemory {
  const random = randomBytes(8);
  const known = SharedBonds.allocate(mostBonds, [random.readInt32LE(0), random.readInt32LE(4)]);
  return { known, secret };
}

export function bondEnvOf({ known, secret }: BondMemory): BondEnv {
  return { known: new SharedBonds(known), secret };
}

export function newBondSecret(): string {
  return randomBytes(32).toString('base64url');
}
