import type { PathMatch } from '../../proxy/index.ts';
import { normalisePath } from '../../wire/path.ts';
import { readPattern } from './read-pattern.ts';
import { bad, good, type Reading } from './reading.ts';

/** `/a/` is the folder and all below it, `/a` that path and all below `/a/`, by whole segments. */
export function readRoutePath(text: string): Reading<PathMatch> {
  const reading = readPlainPath(text);
  if (!reading.ok) return reading;
  return good({ kind: text.endsWith('/') ? 'folder' : 'prefix', path: text });
}

/** The path and nothing below it. */
export function readExactPath(text: string): Reading<PathMatch> {
  const reading = readPlainPath(text);
  return reading.ok ? good({ kind: 'exact', path: reading.value }) : reading;
}

/** A pattern for paths, in the form that they have when they are matched. */
export function readPathPattern(text: string): Reading<PathMatch> {
  const reading = readPattern(text);
  return reading.ok ? good({ kind: 'regex', pattern: reading.value }) : reading;
}

/** A path in the form that requests have after they were normalised: one that is not would never match. */
export function readPlainPath(text: string): Reading<string> {
  if (!text.startsWith('/')) return bad('a path starts with /', 'put a / before it', withSlash(text));
  if (/[?#]/.test(text)) return bad('a path has neither ? nor #', 'leave the query out', text.replace(/[?#].*$/s, ''));
  if (text.includes('*')) {
    return bad('a path has no wildcard', 'write "/a/" for all below a folder', text.replace(/\*.*$/s, ''));
  }
  const tidy = tidyPath(text);
  if (tidy === undefined) {
    const remedy = 'leave out .. above the root and backslashes, and write a plain % as %25';
    return bad('no request can have this path', remedy);
  }
  if (tidy !== text) return bad('requests never have this form of a path', 'write the normalised path', tidy);
  return good(text);
}

function withSlash(text: string): string | undefined {
  return /^[\w.-]+(\/[\w.-]*)*$/.test(text) ? `/${text}` : undefined;
}

/** The form of the path that requests have, signs outside ASCII encoded. Undefined where no request has it in any form. */
function tidyPath(text: string): string | undefined {
  if (!text.isWellFormed()) return undefined;
  const encoded = text.replace(/[^\w\-.~!$&'()*+,;=:@/%]/gu, (sign) => encodeURIComponent(sign));
  try {
    return normalisePath(encoded, { mergeSlashes: true });
  } catch {
    return undefined;
  }
}
