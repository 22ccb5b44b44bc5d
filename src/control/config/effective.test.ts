import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { effectiveConfig } from './effective.ts';
import { readConfigText, readText } from './load-config.ts';

const env = { environment: { NAME: 'shop.test' }, instance: '' };
const file = path.resolve('examples/x.yaml');

async function effective(text: string): Promise<string> {
  const { source } = await readText(text, file, env);
  assert.ok(source);
  return effectiveConfig(source);
}

const short = `listeners: { web: { address: ":80" } }
routes:
  - host: a.test
    to: http://10.0.0.1
`;

void test('each value says where it comes from', async () => {
  const lines = (await effective(short)).split('\n');
  const has = (line: RegExp): void =>
    assert.ok(
      lines.some((each) => line.test(each)),
      `${line}\n${lines.join('\n')}`,
    );
  has(/^ {4}address: :80 # .*x\.yaml:1$/);
  has(/^ {6}head: 30s # default$/);
  has(/^ {2}- host: a\.test # .*x\.yaml:3$/);
  has(/^ {4}to: http:\/\/10\.0\.0\.1 # .*x\.yaml:4$/);
  has(/^grace: .* # default$/);
});

void test('what it prints is a config that means the same', async () => {
  const examples = path.resolve('examples');
  const files = readdirSync(examples).filter((name) => name.endsWith('.yaml') && name !== 'everything.yaml');
  assert.ok(files.length > 5);
  for (const text of [short, ...files.map((name) => readFileSync(path.join(examples, name), 'utf8'))]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other reads better where one fails
    const [once, again] = [
      await readConfigText(text, file, env),
      await readConfigText(await effective(text), file, env),
    ];
    if (!once.ok) continue; // It needs files that are made when it is run.
    assert.ok(again.ok, again.ok ? '' : again.problems.map(({ message }) => message).join('\n'));
    assert.deepEqual(again.plan, once.plan);
  }
});

void test('what was put in is not shown', async () => {
  const text = await effective(short.replace('a.test', '"${NAME}"'));
  assert.match(text, /host: "\*\*\*"/);
  assert.doesNotMatch(text, /shop\.test/);
});
