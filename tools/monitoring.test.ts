import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

/** What the guide's table names, its short forms written out. */
function documented(): ReadonlySet<string> {
  const names = new Set<string>();
  for (const line of read('docs/guide/metrics.md').split('\n')) {
    const cell = /^\| (`postern_[^|]*)\|/.exec(line)?.[1];
    const [first = '', ...others] = [...(cell ?? '').matchAll(/`([a-z_]+)`/g)].map(([, name]) => name!);
    if (first !== '') names.add(first);
    for (const other of others) names.add(first.replace(/(_request_body|_accepted).*$/, '') + other);
  }
  for (const name of [...names]) names.add(name.replace('postern_route_', 'postern_server_'));
  return names;
}

/** A histogram's parts belong to it. */
const base = (name: string): string => name.replace(/_(bucket|sum|count)$/, '');

for (const file of ['examples/monitoring/alerts.yaml', 'examples/monitoring/dashboard.json']) {
  test(`${file} asks for metrics that the guide has, and for nothing else`, () => {
    const known = documented();
    const asked = new Set([...read(file).matchAll(/\bpostern_[a-z_]+/g)].map(([name]) => base(name)));
    assert.ok(asked.size >= 8);
    assert.deepEqual(
      [...asked].filter((name) => !known.has(name)),
      [],
    );
  });
}

test('the dashboard is JSON with a title and a query in each panel', () => {
  const { panels } = JSON.parse(read('examples/monitoring/dashboard.json')) as {
    panels: { title: string; targets: { expr: string }[] }[];
  };
  assert.ok(panels.length >= 10);
  for (const { title, targets } of panels) assert.ok(title !== '' && targets.every(({ expr }) => expr !== ''), title);
});
