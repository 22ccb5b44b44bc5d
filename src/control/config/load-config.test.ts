import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import fc from 'fast-check';

import type { ConfigProblem } from './config-problem.ts';
import { configJsonSchema, type JsonSchema } from './json-schema.ts';
import { loadConfig, readConfigText } from './load-config.ts';
import type { LoadEnv, LoadResult } from './load-result.ts';
import { parseYaml } from './parse-yaml.ts';

const env: LoadEnv = { environment: {}, instance: 'test' };
const examples = new URL('../../../examples/', import.meta.url);

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-config-'));
});
after(async () => await rm(folder, { recursive: true }));

function problemsOf(result: LoadResult): readonly ConfigProblem[] {
  return result.ok ? result.warnings : result.problems;
}

async function refusal(path: string, content?: Buffer | string): Promise<ConfigProblem> {
  const file = join(folder, path);
  if (content !== undefined) await writeFile(file, content);
  const result = await loadConfig(file, env);
  assert.equal(result.ok, false);
  const [first, second] = problemsOf(result);
  assert.equal(second, undefined);
  return first!;
}

const minimal = 'listeners: { web: { address: ":8080" } }\nroutes: [{ to: http://10.0.0.1 }]\n';

test('loadConfig() says in words why a file cannot be read', async () => {
  assert.match((await refusal('none.yaml')).message, /there is no such file/);
  assert.match((await refusal('.')).message, /it is a folder/);
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  assert.match((await refusal('pipe')).message, /not a regular file/);
  assert.match((await refusal('large.yaml', Buffer.alloc(50_000_000, '#'))).message, /larger than 16 MB/);
  assert.match((await refusal('utf16.yaml', Buffer.from(`\uFEFF${minimal}`, 'utf16le'))).message, /UTF-16/);
});

test('loadConfig() points at the first byte that is not UTF-8, even behind a replacement character', async () => {
  const text = Buffer.concat([Buffer.from('a: \uFFFD\nb: x'), Buffer.from([0xff]), Buffer.from('y\n')]);
  const { message, line, column } = await refusal('latin1.yaml', text);
  assert.match(message, /not UTF-8/);
  assert.deepEqual([line, column], [2, 5]);
});

test('loadConfig() reads a file with a byte order mark and counts columns without it', async () => {
  const file = join(folder, 'bom.yaml');
  await writeFile(file, `\uFEFF${minimal}`);
  assert.equal((await loadConfig(file, env)).ok, true);
  await writeFile(file, '\uFEFFlisten: 1\n');
  const problem = problemsOf(await loadConfig(file, env)).find(({ path }) => path === 'listen');
  assert.deepEqual([problem?.line, problem?.column], [1, 1]);
});

test('loadConfig() puts in environment variables and files, and names the files', async () => {
  await writeFile(join(folder, 'host'), 'app.example\n');
  const file = join(folder, 'secrets.yaml');
  await writeFile(file, 'listeners: { web: { address: ":8080" } }\nroutes: [{ to: "http://${file:host}:${PORT}" }]\n');
  const result = await loadConfig(file, { ...env, environment: { PORT: '81' } });
  assert.ok(result.ok);
  assert.deepEqual(result.plan.pools[0]?.servers[0]?.address, { kind: 'tcp', host: 'app.example', port: 81 });
  assert.equal(result.plan.pools[0]?.servers[0]?.name, 'http://***:***');
  assert.deepEqual(result.secretFiles, [join(folder, 'host')]);
});

test('positions point at the key or value itself', async () => {
  const text = [
    'listeners:',
    '  web:',
    '    adress: x', // key
    '    timeouts: { head:   0s }',
    'routes:',
    '  - to: nowhere',
    '    upgrade:',
    '      - h2c',
    '"pools" : {}',
    'thraeds: 1',
  ].join('\r\n');
  const lines = text.split('\r\n');
  const found = problemsOf(await readConfigText(text, 'x.yaml', env)).map(({ path, line, column }) => [
    path,
    lines[line - 1]!.slice(column - 1),
  ]);
  assert.deepEqual(found, [
    ['listeners.web.adress', 'adress: x'],
    ['listeners.web.timeouts.head', '0s }'],
    ['routes[0].to', 'nowhere'],
    ['routes[0].upgrade[0]', 'h2c'],
    ['thraeds', 'thraeds: 1'],
  ]);
});

test('equal configs have equal plans, whatever their form and the order of their names', async () => {
  const yaml = await readConfigText(
    'listeners:\n  b: { address: ":2" }\n  a: { address: ":1", timeouts: { head: 60s } }\n' +
      'routes:\n  - { to: y }\n  - { path: /x, to: x }\n' +
      'pools: { x: { servers: [http://10.0.0.1] }, y: { servers: [{ url: "http://10.0.0.2:80/" }] } }\n',
    'x.yaml',
    env,
  );
  const json = await readConfigText(
    JSON.stringify({
      pools: { y: { servers: ['http://10.0.0.2'], balance: 'round-robin' }, x: { servers: ['HTTP://10.0.0.1:80'] } },
      routes: [
        { to: 'y', path: '/', host: ['*'] },
        { path: '/x', to: 'x' },
      ],
      listeners: { a: { timeouts: { head: '1m' }, address: ':1' }, b: { address: ':2' } },
    }),
    'x.json',
    env,
  );
  assert.ok(yaml.ok && json.ok);
  assert.deepEqual(yaml.plan, json.plan);
});

test('the control socket is in the folder of the service, of the user, or of the system', async () => {
  const socket = async (environment: Record<string, string>): Promise<string | undefined> => {
    const result = await readConfigText(minimal, 'x.yaml', { ...env, environment });
    return result.ok ? result.admin.socket : undefined;
  };
  assert.equal(await socket({}), '/run/postern/postern.sock');
  assert.equal(await socket({ XDG_RUNTIME_DIR: '/run/user/7' }), '/run/user/7/postern.sock');
  assert.equal(
    await socket({ XDG_RUNTIME_DIR: '/run/user/7', RUNTIME_DIRECTORY: '/run/p:/run/q' }),
    '/run/p/postern.sock',
  );
  assert.equal(await socket({ XDG_RUNTIME_DIR: 'relative' }), '/run/postern/postern.sock');
});

test('every example loads without a warning but for files that are not there, and begins with a hint for editors', async () => {
  const names = (await readdir(examples)).filter((name) => /\.(yaml|json)$/.test(name));
  assert.ok(names.length >= 9, `${names.length} examples`);
  for (const name of names) {
    // Certificates are made where the examples are run.
    const found = problemsOf(await loadConfig(new URL(name, examples).pathname, env));
    assert.deepEqual(
      found.filter(({ message }) => !message.includes('there is no such file')),
      [],
      name,
    );
    const text = await readFile(new URL(name, examples), 'utf8');
    const hint = name.endsWith('.json') ? '"$schema": ' : '# yaml-language-server: $schema=';
    assert.ok(text.includes(`${hint}${hint.startsWith('"') ? '"' : ''}../docs/reference/postern.schema.json`), name);
  }
});

test('examples/everything.yaml has every key, and the value of each that has a default is its default', async () => {
  const text = await readFile(new URL('everything.yaml', examples), 'utf8');
  const parsed = parseYaml(text);
  assert.ok(parsed.ok);
  const wrong: string[] = [];
  compare([parsed.document.toJS()], configJsonSchema(), '', wrong);
  // `stdout` and `file` exclude each other.
  assert.deepEqual(wrong, ['$schema: missing', 'accessLog.stdout: missing']);
});

/** Notes the keys that none of the values at a place has. */
function compare(values: readonly unknown[], schema: JsonSchema, path: string, wrong: string[]): void {
  const schemas = [schema, ...(schema.anyOf ?? [])];
  const maps = values.filter((each) => typeof each === 'object' && each !== null && !Array.isArray(each)) as object[];
  for (const each of schemas) {
    if (each.items) compare(values.flat(), each.items, path, wrong);
    if (typeof each.additionalProperties === 'object') {
      compare(
        maps.flatMap((map) => Object.values(map)),
        each.additionalProperties,
        path,
        wrong,
      );
    }
    for (const [key, part] of Object.entries(each.properties ?? {})) {
      const name = path === '' ? key : `${path}.${key}`;
      const given = maps.flatMap((map) => Object.entries(map).filter(([own]) => own === key));
      compareOne(
        given.map(([, value]) => value),
        part,
        name,
        wrong,
      );
    }
  }
}

function compareOne(given: readonly unknown[], schema: JsonSchema, name: string, wrong: string[]): void {
  if (given.length === 0) wrong.push(`${name}: missing`);
  compare(given, schema, name, wrong);
  const isSection = typeof schema.default === 'object' && !Array.isArray(schema.default);
  if (schema.default !== undefined && !isSection && given.length > 0) assert.deepEqual(given[0], schema.default, name);
}

test('readConfigText() never throws, and always has an error where it refuses', async () => {
  const words = [
    'listeners',
    'routes',
    'pools',
    'to',
    'host',
    'path',
    'web',
    'address',
    ':80',
    'exact',
    'servers',
    'url',
  ];
  const scalar = fc.oneof(
    fc.constantFrom(...words, '${A}', '${', '*', '/a/', 'http://a', 'http://[', 'unix:a'),
    fc.string(),
  );
  const value = fc.letrec((tie) => ({
    node: fc.oneof({ maxDepth: 4 }, scalar, fc.double(), fc.boolean(), fc.constant(null), tie('list'), tie('map')),
    list: fc.array(tie('node'), { maxLength: 4 }),
    map: fc.dictionary(scalar, tie('node'), { maxKeys: 5 }),
  })).map;
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        value.map((each) => JSON.stringify(each)),
        fc.string({ unit: 'binary' }),
      ),
      async (text) => {
        const result = await readConfigText(text, 'x.yaml', { ...env, environment: { A: 'x' } });
        structuredClone(result);
        assert.ok(result.ok || result.problems.some(({ severity }) => severity === 'error'));
      },
    ),
    { numRuns: 300 },
  );
});

test('a mistake anywhere in a large valid config is found, and only that', async () => {
  const paths = ['listeners', 'web', 'timeouts'] as const;
  const config = JSON.parse(await readFile(new URL('two-servers.json', examples), 'utf8')) as Record<string, never>;
  const broken = { ...config, [paths[0]]: { web: { address: ':8080', timeouts: { head: '30' } } } };
  const found = problemsOf(await readConfigText(JSON.stringify(broken), 'x.json', env));
  assert.deepEqual(
    found.map(({ path }) => path),
    ['listeners.web.timeouts.head'],
  );
});

test('nesting that would end the process in a recursive parser is refused', async () => {
  for (const text of ['['.repeat(50_000), '{a: '.repeat(20_000), '- '.repeat(5000), '? '.repeat(5000)]) {
    const [problem] = problemsOf(await readConfigText(text, 'x.yaml', env));
    assert.match(problem!.message, /nested more than 50 levels/);
  }
});
