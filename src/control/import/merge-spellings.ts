import type { ReverseItem } from './reverse-item.ts';

/** Items of which none is another one in other letters, and mistakes in words. */
export interface Merged {
  readonly items: readonly ReverseItem[];
  readonly problems: readonly string[];
}

/**
 * For paths without regard to case: a path that was mapped twice with different cases, as NetManager needs it, is one route.
 * Two that lead to different servers cannot be.
 */
export function mergeSpellings(items: readonly ReverseItem[]): Merged {
  const first = new Map<string, ReverseItem>();
  const problems: string[] = [];
  const kept = items.filter((item) => {
    const place = placeOf(item);
    const other = first.get(place);
    if (other === undefined) {
      first.set(place, item);
      return true;
    }
    if (leadsTo(item) !== leadsTo(other)) {
      const why = `without regard to case item ${other.number} is for the same requests, and leads elsewhere`;
      problems.push(`Cannot read item ${item.number}: ${why}, leave one of them out, or --ignore-case`);
    }
    return false;
  });
  return { items: kept, problems };
}

function placeOf({ from }: ReverseItem): string {
  const host = from.kind === 'host' ? `${from.scheme}://${from.host}` : '*';
  return `${host} ${from.path.toLowerCase()}`;
}

function leadsTo({ to, httpsOnly, httpsRedirect }: ReverseItem): string {
  return JSON.stringify([to.origin, to.path.toLowerCase(), httpsOnly, httpsRedirect]);
}
