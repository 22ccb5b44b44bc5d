import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import type { Condition } from '../../proxy/index.ts';
import { formatProblem } from './config-problem.ts';
import { readConfigText } from './load-config.ts';
import type { LoadResult } from './load-result.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-condition-'));
});
after(async () => await rm(folder, { recursive: true }));

/** Loads a config with these routes, in the folder. */
async function load(...routes: readonly string[]): Promise<LoadResult> {
  const text = `listeners: { web: { address: ":0" } }\nroutes:\n${routes.map((each) => `  - ${each}\n`).join('')}`;
  return readConfigText(text, join(folder, 'postern.yaml'), { environment: {}, instance: 'test' });
}

function conditionsOf(result: LoadResult): readonly (Condition | undefined)[] {
  assert.ok(result.ok, JSON.stringify(result));
  return result.plan.routes.map((route) => route.when);
}

/** Of a config that has nothing wrong in itself. */
function messagesOf(result: LoadResult): readonly string[] {
  assert.ok(result.ok);
  return result.warnings.map((problem) => formatProblem({ ...problem, file: 'postern.yaml' }));
}

const asks = (file: string): string =>
  `{ to: http://10.0.0.1, when: { address: [192.0.2.7, { file: ${file} }] }, path: /${file} }`;

test('files of addresses become networks in the plan, at every load anew, and are named in the result', async () => {
  await writeFile(join(folder, 'office.txt'), '\uFEFF# office\r\n10.0.0.0/8 # all of it\n\n 2001:db8::1\n192.0.2.7\n');
  const first = await load(asks('office.txt'), '{ to: http://10.0.0.1 }');
  const networks = ['192.0.2.7/32', '10.0.0.0/8', '2001:db8::1/128'];
  assert.deepEqual(conditionsOf(first), [{ kind: 'address', networks }, undefined]);
  assert.ok(first.ok && first.files.includes(join(folder, 'office.txt')));
  await writeFile(join(folder, 'office.txt'), '# nobody');
  assert.deepEqual(conditionsOf(await load(asks('office.txt'))), [{ kind: 'address', networks: ['192.0.2.7/32'] }]);
});

test('a mistake in a file of addresses is named with its line, wherever in a condition the file is', async () => {
  await writeFile(join(folder, 'bad.txt'), '10.0.0.0/8\n# fine\n10.0.0.1/8\nnonsense\n');
  const nested = '{ to: http://10.0.0.1, when: { any: [{ method: GET }, { not: { address: { file: bad.txt } } }] } }';
  assert.deepEqual(messagesOf(await load(nested)), [
    'postern.yaml:3:85: Cannot use line 3 of "bad.txt": the address has bits outside its network, write "10.0.0.0/8"',
  ]);
});

test('files that are missing or too large disable the routes that ask for them', async () => {
  await writeFile(join(folder, 'large.txt'), Buffer.alloc(4_000_001, '#'));
  const messages = messagesOf(
    await load(asks('large.txt'), asks('missing.txt'), asks('.').replace('path: /.', 'path: /x')),
  );
  assert.equal(messages.length, 3);
  assert.match(messages[0]!, /Cannot read the list of addresses "large.txt": it is larger than 4000000 bytes/);
  assert.match(messages[1]!, /"missing.txt": there is no such file/);
  assert.match(messages[2]!, /"\.": it is not a regular file/);
});

test('a condition whose file is missing holds wherever it might, so that no request goes to a route behind it', async () => {
  const file = '{ file: gone.txt }';
  const result = await load(
    `{ to: http://10.0.0.1, path: /a, when: { method: GET, address: [10.0.0.0/8, ${file}] } }`,
    `{ to: http://10.0.0.1, path: /b, when: { not: { address: [10.0.0.0/8, ${file}] } } }`,
    `{ to: http://10.0.0.1, path: /c, when: { not: { not: { address: ${file} } } } }`,
    '{ to: http://10.0.0.1 }',
  );
  const always = { kind: 'all', of: [] };
  assert.deepEqual(conditionsOf(result), [
    { kind: 'all', of: [{ kind: 'method', methods: ['GET'] }, always] },
    { kind: 'not', of: { kind: 'address', networks: ['10.0.0.0/8'] } },
    { kind: 'not', of: { kind: 'not', of: always } },
    undefined,
  ]);
  assert.ok(result.ok);
  const reason = 'Cannot read the list of addresses "gone.txt": there is no such file';
  assert.deepEqual(
    result.plan.routes.map(({ disabled }) => disabled?.reason),
    [reason, reason, reason, undefined],
  );
});

test('a list with a mistake disables each route that names it', async () => {
  await writeFile(join(folder, 'wrong.txt'), 'nonsense\n');
  const result = await load(asks('wrong.txt'), asks('wrong.txt').replace('path: /', 'path: /again/'));
  assert.ok(result.ok);
  assert.deepEqual(
    result.plan.routes.map(({ disabled }) => disabled?.reason.slice(0, 35)),
    ['Cannot use line 1 of "wrong.txt": i', 'Cannot use line 1 of "wrong.txt": i'],
  );
});
