import { isNoChange, type PartChanges, type PlanChanges } from '../control/preview/plan-changes.ts';
import type { ReplayResult } from '../control/preview/replay.ts';
import { table } from './table.ts';

/** Names of one kind that are listed. */
const most = 20;

/** What a reload would change, for people. */
export function changesText(changes: PlanChanges): string {
  if (isNoChange(changes)) return 'Nothing would change';
  const { listeners, routes, pools, settings } = changes;
  const rows = [...rowsFor('listener', listeners), ...rowsFor('route', routes), ...rowsFor('pool', pools)];
  for (const key of settings) rows.push(['', 'changes', 'setting', key]);
  const kept = `kept as they are: ${listeners.kept} listeners, ${routes.kept} routes, ${pools.kept} pools`;
  return `${table(rows)}\n  ${kept}`;
}

function rowsFor(kind: string, { added, removed, changed }: PartChanges): string[][] {
  return [...rowsOf('adds', kind, added), ...rowsOf('removes', kind, removed), ...rowsOf('changes', kind, changed)];
}

function rowsOf(what: string, kind: string, names: readonly string[]): string[][] {
  const rows = names.slice(0, most).map((name) => ['', what, kind, name]);
  if (names.length > most) rows.push(['', what, kind, `and ${names.length - most} more`]);
  return rows;
}

/** Where logged requests would go, for people. */
export function replayText({ same, moved, undecidable, unreadable }: ReplayResult): string {
  const sum = moved.reduce((all, { requests }) => all + requests, 0);
  const facts = [
    `${same} logged requests would take the same route, ${sum} another one`,
    ...(undecidable > 0 ? [`${undecidable} cannot be told: their route depends on what the log does not say`] : []),
    ...(unreadable > 0 ? [`${unreadable} lines are none of the JSON access log`] : []),
  ];
  if (moved.length === 0) return facts.join('\n');
  const rows = moved.map(({ from, to, requests, example }) => ['', String(requests), from, to, example]);
  return `${facts.join('\n')}\n\n${table([['', 'REQUESTS', 'NOW', 'THEN', 'FOR EXAMPLE'], ...rows])}`;
}
