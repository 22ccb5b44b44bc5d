import { readDictionary } from './structured-dictionary.ts';

/** How urgent an answer is, and whether parts of it are of use (RFC 9218 section 4). */
export interface Priority {
  /** 0, the most urgent, to 7. */
  readonly urgency: number;
  readonly incremental: boolean;
}

/** Longer values count as none. */
const longest = 256;

/** One object for each: nothing is made for a request. */
const all: readonly Priority[] = Array.from({ length: 16 }, (_, i) => ({ urgency: i >> 1, incremental: i % 2 === 1 }));

/** What holds where nothing is said (RFC 9218 section 4). @internal */
export const defaultPriority: Priority = all[6]!;

/** What browsers send. */
const usual: ReadonlyMap<string, Priority> = new Map(
  all.flatMap((priority) => {
    const { urgency, incremental } = priority;
    const spellings = incremental ? [`u=${urgency}, i`, `u=${urgency},i`] : [`u=${urgency}`];
    return spellings.map((spelling) => [spelling, priority] as const);
  }),
);

/**
 * Reads the value of a Priority field or of PRIORITY_UPDATE. What is malformed, out of range or not known is passed over, as
 * the RFC wants it: the default takes its place.
 */
export function parsePriority(value: string | undefined): Priority {
  if (value === undefined || value.length === 0 || value.length > longest) return defaultPriority;
  const known = usual.get(value);
  if (known !== undefined) return known;
  const members = readDictionary(value);
  const urgency = members?.get('u');
  const valid = typeof urgency === 'number' && Number.isInteger(urgency) && urgency >= 0 && urgency <= 7;
  return all[(valid ? urgency : defaultPriority.urgency) * 2 + (members?.get('i') === true ? 1 : 0)]!;
}
