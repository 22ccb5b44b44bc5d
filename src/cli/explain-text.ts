import type { Explained } from '../control/explain/explain-config.ts';
import { conditionText } from '../control/exposure/condition-text.ts';
import { table } from './table.ts';

type Verdict = Explained['routes'][number];

/** Routes that are shown; `--json` has all of them. */
const most = 30;

/** How near a route was: the nearest are shown first where there are too many. */
const nearness: readonly Verdict['verdict'][] = ['chosen', 'later', 'conditions', 'path', 'host', 'listener'];

/** What would become of a request, for people. */
export function explainText(explained: Explained): string {
  return [title(explained), routes(explained), steps(explained), end(explained)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function title({ method, url, listener, places }: Explained): string {
  return `${method} ${url}\ncomes in by listener ${listener}${at(places?.listeners[listener])}`;
}

function routes({ routes: all, places }: Explained): string {
  const shown = all
    .toSorted((a, b) => nearness.indexOf(a.verdict) - nearness.indexOf(b.verdict))
    .slice(0, most)
    .map((each) => ['', each.route, wordsFor(each), places?.routes[each.route] ?? '']);
  if (shown.length === 0) return '';
  const rest = all.length > most ? `\n  and ${all.length - most} more that are further off` : '';
  return `${table([['', 'ROUTE', '', ''], ...shown])}${rest}`;
}

function wordsFor({ verdict, failing = [] }: Verdict): string {
  switch (verdict) {
    case 'chosen':
      return 'takes it';
    case 'later':
      return 'fits too, but comes later';
    case 'conditions':
      return `does not hold: ${failing.map(conditionText).join('; ')}`;
    default:
      return `has another ${verdict}`;
  }
}

function steps({ notes, end: where }: Explained): string {
  const shown = notes.filter(({ step }) => step !== 'server' || where.kind !== 'server');
  if (shown.length === 0) return '';
  return table([['', 'STEP', 'BY', ''], ...shown.map(({ step, by = '', what }) => ['', step, by, what])]);
}

function end({ end: where, notes, places }: Explained): string {
  if (where.kind === 'refused') return `refused with ${where.status} (${where.reason}): ${where.message}`;
  if (where.kind === 'answer')
    return [
      `answered here with ${where.status}${where.reason === undefined ? '' : ` (${where.reason})`}`,
      ...where.fields.map((line) => `  ${line}`),
    ].join('\n');
  const head = notes.filter(({ step }) => step === 'server').map(({ what }) => `  ${what}`);
  return [`would go to ${where.server} of pool ${where.pool}${at(places?.pools[where.pool])} as`, ...head].join('\n');
}

function at(place: string | undefined): string {
  return place === undefined ? '' : ` (${place})`;
}
