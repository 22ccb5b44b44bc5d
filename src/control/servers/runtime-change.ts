import { z } from 'zod';

import type { SplitOverride } from './split-board.ts';

/** What was said of a server that is to be added, in the words of the config. */
export interface AddedServer {
  readonly url: string;
  readonly weight?: number | undefined;
  readonly backup?: boolean | undefined;
  readonly group?: number | undefined;
  readonly maxRequests?: number | undefined;
  readonly maxConnections?: number | undefined;
}

/** How much a server may have at once; 0: there is no bound. Undefined: as the config says. */
export interface ChangedLimits {
  readonly maxRequests?: number | undefined;
  readonly maxConnections?: number | undefined;
}

/** What was said of one server while the proxy runs. It stands beside the config until it is reset. */
export interface RuntimeChange {
  readonly pool: string;
  readonly server: string;
  /** It is not in the config; undefined: it is. */
  readonly added?: AddedServer | undefined;
  /** It is in the config, and is not to be used as if it were not. */
  readonly removed?: true | undefined;
  /** Undefined: ready. */
  readonly operator?: 'drain' | 'maint' | undefined;
  /** Takes the place of the weight of the config. */
  readonly weight?: number | undefined;
  /** They take the place of those of the config. */
  readonly limits?: ChangedLimits | undefined;
  /** When it was changed last; ISO 8601. */
  readonly at: string;
  /** Who did it, in words. */
  readonly by: string;
}

/** Changes that are kept in all: more than there are servers in the largest of sites. */
export const mostChanges = 10_000;

/** Text that is shown: what could move the cursor of a terminal is none. */
const shown = z
  .string()
  .max(2000)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);

/** As in the config. */
export const mostWeight = 256;

/** As in the config. */
export const mostLimit = 1_000_000;

const limit = z.int().min(0).max(mostLimit).optional();

const weight = z.int().min(0).max(mostWeight);

export const addedSchema: z.ZodType<AddedServer> = z.strictObject({
  url: shown,
  weight: weight.optional(),
  backup: z.boolean().optional(),
  group: z.int().min(0).max(15).optional(),
  maxRequests: limit,
  maxConnections: limit,
});

export const changeSchema: z.ZodType<RuntimeChange> = z.strictObject({
  pool: shown,
  server: shown,
  added: addedSchema.optional(),
  removed: z.literal(true).optional(),
  operator: z.enum(['drain', 'maint']).optional(),
  weight: weight.optional(),
  limits: z.strictObject({ maxRequests: limit, maxConnections: limit }).optional(),
  at: z.iso.datetime(),
  by: shown,
});

/** Most of a weight of a split, as in the config. */
export const mostShare = 10_000;

/** Splits that are kept in all. */
export const mostSplits = 1000;

export const splitSchema: z.ZodObject<{
  readonly route: z.ZodString;
  readonly weights: z.ZodRecord<z.ZodString, z.ZodNumber>;
}> = z.strictObject({ route: shown, weights: z.record(shown, z.number().min(0).max(mostShare)) });

/** All that was said at run time. */
export interface RuntimeState {
  readonly changes: readonly RuntimeChange[];
  readonly splits: readonly SplitOverride[];
}

/** Nothing is left of it. */
export function isEmpty({ added, removed, operator, weight: other, limits }: RuntimeChange): boolean {
  return [added, removed, operator, other, limits].every((each) => each === undefined);
}

/** What it says beside the config, for people. */
export function changeText({ added, removed, operator, weight: other, limits }: RuntimeChange): string {
  const words = [
    added && 'added',
    removed && 'removed',
    operator === 'drain' ? 'drains' : operator && 'in maintenance',
    other !== undefined && `weight ${other}`,
    limits?.maxRequests !== undefined && `maxRequests ${limits.maxRequests}`,
    limits?.maxConnections !== undefined && `maxConnections ${limits.maxConnections}`,
  ];
  return words.filter((word) => typeof word === 'string').join(', ');
}
