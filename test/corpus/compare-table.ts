import type { Result, Verdict } from './compare-run.ts';

/** One proxy and what it made of all cases. */
export interface Column {
  readonly name: string;
  readonly version: string;
  readonly results: readonly Result[];
}

const order: readonly Verdict[] = ['as-expected', 'unsafe', 'refused-valid', 'other'];

/**
 * A Markdown table: a row for each category, a column for each proxy, the four counts in a cell: as expected, unsafe,
 * refused though valid, other.
 */
export function tableOf(columns: readonly Column[], categories: ReadonlyMap<string, string>): string {
  const names = [...new Set(categories.values())];
  const rows = names.map((category) => {
    const own = columns.map(({ results }) => results.filter(({ name }) => categories.get(name) === category));
    return rowOf(category, own);
  });
  return [
    `| category | cases | ${columns.map(({ name, version }) => `${name} ${version}`).join(' | ')} |`,
    `|---|--:|${columns.map(() => '---|').join('')}`,
    ...rows,
    rowOf(
      '**all**',
      columns.map(({ results }) => results),
    ),
    '',
  ].join('\n');
}

function rowOf(title: string, cells: readonly (readonly Result[])[]): string {
  return `| ${title} | ${cells[0]?.length ?? 0} | ${cells.map(cellOf).join(' | ')} |`;
}

/** Zeros are left out where all is as expected, so that what is not catches the eye. */
function cellOf(results: readonly Result[]): string {
  const counts = order.map((verdict) => results.filter((result) => result.verdict === verdict).length);
  return counts[0] === results.length ? String(counts[0]) : counts.join(' / ');
}

/** Cases that another proxy does as expected and the first one does not: there it has something to learn. */
export function betterElsewhere([first, ...others]: readonly Column[]): string[] {
  return (first?.results ?? []).flatMap(({ name, verdict, words }) => {
    if (verdict === 'as-expected') return [];
    const better = others.filter(
      ({ results }) => results.find((other) => other.name === name)?.verdict === 'as-expected',
    );
    return better.length === 0 ? [] : [`${name} (${verdict}: ${words}): ${better.map((one) => one.name).join(', ')}`];
  });
}
