import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { formatProblem } from './config-problem.ts';
import { loadConfig } from './load-config.ts';
import type { LoadResult } from './load-result.ts';

const main = `include: [conf.d, pools.yaml]
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { name: main, host: main.test, to: shop }
`;

/** Loads a config of these files; messages have paths relative to their folder. */
async function load(
  files: Readonly<Record<string, string>>,
): Promise<{ result: LoadResult; lines: string[]; folder: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'postern-include-'));
  try {
    await mkdir(path.join(folder, 'conf.d'));
    for (const [name, text] of Object.entries(files)) {
      // oxlint-disable-next-line no-await-in-loop -- a few small files
      await writeFile(path.join(folder, name), text);
    }
    const result = await loadConfig(path.join(folder, 'main.yaml'), { environment: { HOST: 'b.test' }, instance: '' });
    const found = result.ok ? result.warnings : result.problems;
    return { result, folder, lines: found.map((each) => formatProblem(each).replaceAll(`${folder}/`, '')) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const pools = `pools: { shop: { servers: ["http://127.0.0.1:1"] } }\n`;

void test('files and folders are one config: names together, routes in the order of the files', async () => {
  const { result, folder } = await load({
    'main.yaml': main,
    'pools.yaml': `${pools}listeners: { more: { address: "127.0.0.1:1" } }\ngrace: 7s\n`,
    'conf.d/20-b.yaml': 'routes: [{ name: b, host: "${HOST}", to: shop }]\n',
    'conf.d/10-a.json': '{ "routes": [{ "name": "a", "host": "a.test", "to": "http://127.0.0.1:9" }] }',
    'conf.d/.hidden.yaml': 'nonsense',
    'conf.d/README': 'nonsense',
  });
  assert.ok(result.ok);
  assert.deepEqual(
    result.plan.routes.map(({ name }) => name),
    ['main', 'a', 'b'],
  );
  assert.deepEqual(
    result.plan.listeners.map(({ name }) => name),
    ['more', 'web'],
  );
  assert.equal(result.plan.graceMs, 7000);
  assert.deepEqual(result.shown, { 'routes[2].host': '***' });
  const included = ['conf.d/10-a.json', 'conf.d/20-b.yaml', 'pools.yaml'].map((name) => path.join(folder, name));
  assert.deepEqual(result.files, included);
});

void test('every mistake names its own file and line', async () => {
  const { lines } = await load({
    'main.yaml': main.replace('to: shop', 'to: shopp'),
    'pools.yaml': pools,
    'conf.d/a.yaml': '\nroutes:\n  - { host: a.test, to: nowhere }\n  - { host: main.test, path: /, to: shop }\n',
    'conf.d/b.yaml': 'routes: [{ hots: b.test, to: "http://${NONE}" }]\n',
  });
  assert.equal(lines.length, 5, lines.join('\n'));
  assert.match(lines[0]!, /^main\.yaml:4:\d+: Cannot find the pool "shopp"/);
  assert.match(lines[1]!, /^conf\.d\/a\.yaml:3:\d+: Cannot find the pool "nowhere"/);
  assert.match(
    lines[2]!,
    /^conf\.d\/a\.yaml:4:\d+: Cannot use the same host and path twice: the route on (?:\S+\/)?main\.yaml:4 has/,
  );
  assert.match(lines.slice(3).join('\n'), /^conf\.d\/b\.yaml:1:\d+: .*NONE is not set/m);
  assert.match(lines.slice(3).join('\n'), /^conf\.d\/b\.yaml:1:\d+: .*"hots"/m);
});

void test('nothing is said twice, and no file quietly wins', async () => {
  const { lines } = await load({
    'main.yaml': `${main}grace: 5s\n`,
    'pools.yaml': `${pools}grace: 7s\n`,
    'conf.d/a.yaml': `\n${pools}listeners: { web: { address: ":1" } }\ninclude: [x]\n`,
    'conf.d/b.yaml': '- a list\n',
  });
  assert.deepEqual(lines, [
    'conf.d/a.yaml:3:14: Cannot have listeners.web in two files: main.yaml:2 has it already, leave one of them out',
    'conf.d/a.yaml:4:1: Cannot include files from a file that is included itself, name them in the first file',
    'conf.d/b.yaml:1:1: Cannot include "conf.d/b.yaml": it is no map, begin with routes: or pools:',
    'pools.yaml:1:10: Cannot have pools.shop in two files: conf.d/a.yaml:2 has it already, leave one of them out',
    'pools.yaml:2:1: Cannot have grace in two files: main.yaml:5 has it already, leave one of them out',
  ]);
});

void test('files that are not there or no YAML are refused', async () => {
  assert.match(
    (await load({ 'main.yaml': main })).lines.join('\n'),
    /^main\.yaml:1:\d+: Cannot include "pools\.yaml": there is no such file/m,
  );
  const broken = await load({ 'main.yaml': main, 'pools.yaml': pools, 'conf.d/a.yaml': 'routes: [' });
  assert.match(broken.lines.join('\n'), /^conf\.d\/a\.yaml:1:\d+: Cannot read the file/m);
  const wrong = await load({ 'main.yaml': main.replace('[conf.d, pools.yaml]', '7'), 'pools.yaml': pools });
  assert.match(wrong.lines.join('\n'), /^main\.yaml:1:\d+: Cannot use the number 7: a list is needed/m);
});
