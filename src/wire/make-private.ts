import type { Headers } from '../core/headers.ts';

/**
 * Makes an answer one client's own, for it has a cookie that is: no shared cache may keep it (RFC 9111 section 5.2.2.7). What said the
 * contrary goes; what is stricter stays as it is.
 */
export function makePrivate(headers: Headers): void {
  const given = headers.getAll('Cache-Control');
  if (given.length === 0) return headers.add('Cache-Control', 'private');
  const directives = given.flatMap(directivesOf);
  // With field names behind it, `private` is about those fields alone.
  if (directives.some((each) => /^(?:private|no-store)$/i.test(each))) return;
  const kept = directives.filter((each) => !/^(?:public$|s-maxage\b|private\b)/i.test(each));
  headers.set('Cache-Control', ['private', ...kept].join(', '));
}

/** Commas within quotes part nothing. */
function directivesOf(value: string): readonly string[] {
  const found: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i <= value.length; i++) {
    if (value[i] === '"') quoted = !quoted;
    else if (i === value.length || (value[i] === ',' && !quoted)) {
      const text = value.slice(start, i).trim();
      if (text !== '') found.push(text);
      start = i + 1;
    }
  }
  return found;
}
