import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { formatProblem } from './config-problem.ts';
import { loadConfig } from './load-config.ts';

let folder: string;
let files = 0;
before(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'postern-module-'))));
after(() => rm(folder, { recursive: true }));

/** What becomes of a module with this text: hosts of its routes, or what is wrong. */
async function outcome(text: string, ending = 'mts'): Promise<readonly string[]> {
  const name = `c${files++}.${ending}`;
  await writeFile(path.join(folder, name), text);
  const env = { environment: { TOKEN: 'from.env.test' }, instance: '' };
  const result = await loadConfig(path.join(folder, name), env);
  if (!result.ok) return result.problems.map((problem) => formatProblem({ ...problem, file: name }).replace(name, 'F'));
  return result.plan.routes.map((route) => route.name);
}

const listeners = `listeners: { web: { address: '127.0.0.1:0' } }`;

void test('a config may be TypeScript: its default export, or what that function gives', async () => {
  const text = `
    interface Host { readonly name: string }
    const hosts: readonly Host[] = ['a', 'b'].map((name): Host => ({ name: \`\${name}.test\` }));
    const to = new URL('http://127.0.0.1:9');
    export default EXPORT({ ${listeners}, routes: hosts.map(({ name }) => ({ host: name, to, name: undefined })) });`;
  assert.deepEqual(await outcome(text.replace('EXPORT', '')), ['a.test/', 'b.test/']);
  assert.deepEqual(await outcome(text.replace('EXPORT(', 'async (): Promise<object> => (')), ['a.test/', 'b.test/']);
});

void test('variables and files are put in as in YAML', async () => {
  const text = `export default { ${listeners}, routes: [{ host: '\${TOKEN}', to: 'http://127.0.0.1:9' }] };`;
  assert.deepEqual(await outcome(text, 'mjs'), ['***/']);
});

void test('mistakes are named by their path, as there are no lines', async () => {
  const text = `export default { ${listeners}, routes: [{ host: 'a.test', to: 'nope', hots: 1 }] };`;
  const problems = await outcome(text);
  assert.equal(problems.length, 2);
  assert.match(problems.join('\n'), /^F: routes\[0\]\.to: /m);
  assert.match(problems.join('\n'), /^F: routes\[0\]\.hots: /m);
});

void test('what cannot be a config is refused in words', async () => {
  const odd: readonly (readonly [string, RegExp])[] = [
    ['export const config = {};', /exports nothing by default/],
    ['export default () => undefined;', /exports nothing by default/],
    ['export default { threads: NaN };', /"threads" is NaN that no config can have/],
    ['export default { listeners: new Map() };', /"listeners" is a object/],
    ['export default { listeners: () => 1 };', /"listeners" is a function/],
    ['export default { threads: 1n };', /BigInt/],
    ['const a = {}; a.a = a; export default a;', /circular/],
    ['throw new Error("the first line\\nand more");', /Error: the first line, correct the program/],
    ['export default {', /SyntaxError/],
    ['import "./nothing.ts"; export default {};', /Cannot find module/],
    ['export default "text";', /^F: /],
  ];
  for (const [text, words] of odd) assert.match((await outcome(text, 'mjs')).join('\n'), words, text);
});
