// The tables of docs/guide/limits.md against the schema, both ways.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { referenceFiles } from './reference.ts';

/** Keys that bound something. */
const bounding =
  /^(?:connections\.|listeners\.<name>\.(?:timeouts|limits)\.|listeners\.<name>\.tls\.handshakeTimeout$|listeners\.<name>\.http2\.|routes\[\]\.tunnel\.|pools\.<name>\.protocol\.(?!version$)|pools\.<name>\.(?:timeouts|limits|idleConnections)\.|pools\.<name>\.(?:maxRequests$|perServer\.|queue\.)|pools\.<name>\.retries\.(?:attempts$|bodyLimit$|backoff\.max$|budget\.)|routes\[\]\.middleware\[\]\.(?:body-limit\.max$|buffer\.(?:request\.|response\.|total$))|accessLog\.rotate\.)/;

/** Cells of all table rows whose first one is a key. */
function keyRows(markdown: string): string[][] {
  const rows = markdown.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

test('the guide has every limit of the config, with the default that the schema has', async () => {
  const reference = referenceFiles().get('config.md')!;
  // Key, type, default, meaning.
  const defaults = keyRows(reference)
    .filter(([key]) => bounding.test(key!))
    .map(([key, , value]) => `${key} = ${value}`);
  assert.ok(defaults.length > 30, `only ${defaults.length} limits in the reference`);
  const guide = keyRows(await readFile(new URL('../docs/guide/limits.md', import.meta.url), 'utf8'));
  const told = guide.map(([key, value]) => `${key} = ${value}`);
  assert.deepEqual(told.toSorted(), defaults.toSorted());
});

test('every reason that the guide names is told in the guide to operations', async () => {
  const folder = new URL('../docs/guide/', import.meta.url);
  const guide = await readFile(new URL('limits.md', folder), 'utf8');
  const operations = await readFile(new URL('operations.md', folder), 'utf8');
  const past = keyRows(guide).flatMap((cells) => [...cells.at(-1)!.matchAll(/\b[a-z]+(?:-[a-z]+)+\b/g)].map(String));
  const unknown = past.filter((reason) => !operations.includes(`| \`${reason}\` |`));
  assert.deepEqual(unknown, []);
  assert.ok(past.length > 20);
});
