import { Field } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';
import { removeTwins } from '../hop-by-hop.ts';
import type { Faults } from './faults.ts';
import { parseFields } from './field-section.ts';
import type { MessageLimits } from './limits.ts';

/**
 * Fields that a message may not add after its body, beside all that the proxy itself knows: who merges trailers into the
 * head would change what was decided by it (RFC 9110 section 6.5.1: routing, authentication, conditions, caching, content).
 */
const forbidden: ReadonlySet<string> = new Set([
  'set-cookie',
  'cookie',
  'cache-control',
  'pragma',
  'expires',
  'age',
  'vary',
  'warning',
  'location',
  'retry-after',
  'range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'origin',
  'accept',
  'allow',
]);

/** RFC 9530 is about the bytes that have just gone by, and its natural place is the trailer section. */
const digest = 'content-digest';

/**
 * Parses a trailer section, without its empty line, and drops what does not belong there.
 * @returns undefined where nothing is left.
 * @throws {ProxyError} by `faults`.
 */
export function parseTrailers(text: string, limits: MessageLimits, faults: Faults): Headers | undefined {
  const { headers, hasUnderscores } = parseFields(text, 0, limits, faults);
  if (hasUnderscores) removeTwins(headers);
  return keepTrailers(headers);
}

/** Drops what does not belong into a trailer section, in place; undefined: nothing is left. */
export function keepTrailers(headers: Headers): Headers | undefined {
  headers.filter((i) => headers.ids[i] === Field.Other && mayTrail(headers.names[i]!.toLowerCase()));
  return headers.length > 0 ? headers : undefined;
}

function mayTrail(name: string): boolean {
  return !forbidden.has(name) && (!name.startsWith('content-') || name === digest);
}
