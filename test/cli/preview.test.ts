import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { folderFor, run } from './command.ts';

const config = `listeners: { web: { address: "127.0.0.1:8080" } }
routes:
  - { name: shop, host: shop.test, to: shop }
pools: { shop: { servers: ["http://127.0.0.1:3"] } }
`;

const line = { listener: 'web', scheme: 'http', method: 'GET', host: 'shop.test', client: '192.0.2.1', pool: 'shop' };
const log = ['/', '/api/a', '/api/b'].map((path) => JSON.stringify({ ...line, path, route: 'shop' })).join('\n');

test('preview says what would change, and where logged requests would go', async (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'postern.yaml'), config);
  writeFileSync(
    join(cwd, 'next.yaml'),
    config.replace('pools:', '  - { name: api, host: shop.test, path: /api/, to: shop }\npools:'),
  );
  writeFileSync(join(cwd, 'access.log'), `${log}\n`);
  const { code, stdout, stderr } = await run(t, ['preview', 'next.yaml', '--replay', 'access.log'], { cwd });
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.match(stdout, /^ {2}adds +route +api\n {2}kept as they are: 1 listeners, 1 routes, 1 pools$/m);
  assert.match(stdout, /^1 logged requests would take the same route, 2 another one$/m);
  assert.match(stdout, /^ {2}2 +shop -> shop +api -> shop +GET http:\/\/shop\.test\/api\/a$/m);
  const same = await run(t, ['preview', 'postern.yaml'], { cwd });
  assert.equal(same.stdout, 'Nothing would change\n');
});

test('preview and print refuse a config with mistakes, and a log that is not there', async (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'postern.yaml'), config);
  writeFileSync(join(cwd, 'bad.yaml'), config.replace('to: shop', 'to: shopp'));
  for (const args of [
    ['preview', 'bad.yaml'],
    ['print', 'bad.yaml'],
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- one process after the other
    const { code, stdout } = await run(t, args, { cwd });
    assert.match(stdout, /^bad\.yaml:3:\d+: Cannot find the pool "shopp"/);
    assert.equal(code, 2);
  }
  const { code, stderr } = await run(t, ['preview', 'postern.yaml', '--replay', 'none.log'], { cwd });
  assert.match(stderr, /^postern: Cannot read the access log none\.log: ENOENT/);
  assert.equal(code, 2);
});

test('print shows a config with its defaults', async (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'postern.yaml'), config);
  const { code, stdout } = await run(t, ['print'], { cwd });
  assert.equal(code, 0);
  assert.match(stdout, /^ {2}- name: shop # \.\/postern\.yaml:3$/m);
  assert.match(stdout, /^threads: .* # default$/m);
});
