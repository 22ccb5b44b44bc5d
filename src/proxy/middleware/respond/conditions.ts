import type { Headers } from '../../../core/headers.ts';

/** What tells one state of a file from another. */
export interface Validators {
  /** A strong one, with its quotes. */
  readonly etag: string;
  /** Whole seconds since 1970: the precision of dates in HTTP. */
  readonly modified: number;
}

/** What the conditions of a GET or HEAD lead to, in the order of RFC 9110 section 13.2.2: a status, or the file itself. */
export function judgeConditions(headers: Headers, file: Validators): 304 | 412 | undefined {
  const match = headers.get('If-Match');
  if (match !== undefined) {
    if (!lists(headers, 'If-Match', file.etag, false)) return 412;
  } else if (isBefore(headers.get('If-Unmodified-Since'), file.modified)) return 412;
  if (headers.has('If-None-Match')) return lists(headers, 'If-None-Match', file.etag, true) ? 304 : undefined;
  const since = headers.get('If-Modified-Since');
  return since !== undefined && !isBefore(since, file.modified) && secondsOf(since) !== undefined ? 304 : undefined;
}

/** A part may be sent: the client has the rest of this very state (RFC 9110 section 13.1.5). */
export function isSameState(ifRange: string | undefined, file: Validators): boolean {
  if (ifRange === undefined) return true;
  return ifRange.startsWith('"') ? ifRange === file.etag : secondsOf(ifRange) === file.modified;
}

/** @param weak a weak validator counts as the strong one that it is like. */
function lists(headers: Headers, name: string, etag: string, weak: boolean): boolean {
  for (const each of headers.getAll(name).join(',').split(',')) {
    const tag = each.trim();
    if (tag === '*' || tag === etag || (weak && tag.startsWith('W/') && tag.slice(2) === etag)) return true;
  }
  return false;
}

/** False where there is no date. */
function isBefore(date: string | undefined, modified: number): boolean {
  const seconds = date === undefined ? undefined : secondsOf(date);
  return seconds !== undefined && seconds < modified;
}

/** Undefined for what is not in the one form of dates that is in use (RFC 9110 section 5.6.7). */
function secondsOf(date: string): number | undefined {
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(date)) return undefined;
  const ms = Date.parse(date);
  return Number.isNaN(ms) ? undefined : ms / 1000;
}
