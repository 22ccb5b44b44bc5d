import type { Headers } from '../../core/headers.ts';

/** Says in `Vary` that the answer depends on a field of the request, unless it says so (RFC 9110 section 12.5.5). */
export function addVary(headers: Headers, name: string): void {
  const given = headers.getAll('Vary');
  if (given.length === 0) return headers.add('Vary', name);
  const names = new Set(given.join(',').split(',').map(trimmed));
  if (names.has('*') || names.has(name.toLowerCase())) return;
  headers.set('Vary', [...given.filter((each) => each !== ''), name].join(', '));
}

function trimmed(name: string): string {
  return name.trim().toLowerCase();
}
