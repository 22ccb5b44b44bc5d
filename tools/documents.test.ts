// Documents that cannot rot: what they name must exist.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const notOurs = new Set(['node_modules', '.git', '.node24', 'dist', 'dist-packages']);
const binary = new Set(['.png', '.ico', '.gz', '.br', '.zst', '.woff2']);

/** Every file of the repository, relative to its root. */
async function ourFiles(): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(root)) {
    if (notOurs.has(name)) continue;
    const below = await readdir(join(root, name), { recursive: true, withFileTypes: true }).catch(() => undefined);
    if (below === undefined) found.push(name);
    for (const entry of below ?? []) {
      if (entry.isFile()) found.push(join(entry.parentPath, entry.name).slice(root.length));
    }
  }
  return found.filter((path) => !binary.has(extname(path)));
}

async function read(path: string): Promise<string> {
  return await readFile(join(root, path), 'utf8');
}

const files = await ourFiles();
const documents = files.filter((path) => path.endsWith('.md'));

test('every file that ARCHITECTURE.md names exists', async () => {
  const text = await read('ARCHITECTURE.md');
  const named = [...text.matchAll(/`((?:src|bin|tools|test|bench|examples|docs|\.ci)\/[\w./-]*)`/g)].map(
    (match) => match[1]!,
  );
  assert.ok(named.length > 30, `only ${named.length} files are named`);
  assert.deepEqual(
    named.filter((path) => !existsSync(join(root, path))),
    [],
  );
});

test('ARCHITECTURE.md names every folder of src', async () => {
  const text = await read('ARCHITECTURE.md');
  const folders = new Set(files.filter((path) => path.startsWith('src/')).map((path) => dirname(path)));
  folders.delete('src');
  // All alike, and named by the features.
  for (const folder of folders) if (folder.startsWith('src/proxy/middleware/')) folders.delete(folder);
  assert.deepEqual(
    [...folders].filter((folder) => !text.includes(`${folder}/`)),
    [],
  );
});

test('README.md is shorter than 150 lines', async () => {
  const lines = (await read('README.md')).split('\n').length;
  assert.ok(lines < 150, `${lines} lines`);
});

test('every relative link in a document leads somewhere', async () => {
  const broken: string[] = [];
  for (const path of documents) {
    for (const [, target] of (await read(path)).matchAll(/\]\(([^)\s]+)\)/g)) {
      const file = target!.split('#')[0]!;
      if (file === '' || /^[a-z]+:/.test(file)) continue;
      if (!existsSync(resolve(root, dirname(path), file))) broken.push(`${path}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

test('docs/guide/operations.md has every reason code, with its side and status', async () => {
  const table = (await read('src/core/errors.ts')).matchAll(
    /^ {2}'?([a-z\d-]+)'?: \{ side: '(\w+)', status: (\d+), retry: '\w+' \},$/gm,
  );
  const known = [...table].map(([, code, side, status]) => `${code} ${side} ${status === '0' ? 'none' : status}`);
  const rows = (await read('docs/guide/operations.md')).matchAll(/^\| `([a-z\d-]+)` \| (\w+) \| (\w+) \|/gm);
  assert.ok(known.length > 30, `only ${known.length} codes were found`);
  assert.deepEqual(
    [...rows].map(([, code, side, status]) => `${code} ${side} ${status}`),
    known,
  );
});

test('every npm script that a document names exists', async () => {
  const known = JSON.parse(await read('package.json')) as { scripts: Record<string, string> };
  const unknown: string[] = [];
  for (const path of documents) {
    for (const [command, name] of (await read(path)).matchAll(/npm run ([\w:-]+)/g)) {
      if (known.scripts[name!] === undefined) unknown.push(`${path}: ${command}`);
    }
  }
  assert.deepEqual(unknown, []);
});

test('every decision record has its four parts and is in the index', async () => {
  const records = documents.filter((path) => /^docs\/adr\/\d{4}-/.test(path));
  const index = await read('docs/adr/README.md');
  assert.ok(records.length >= 7);
  for (const path of records) {
    const text = await read(path);
    for (const part of ['## Context', '## Decision', '## What we gave up', '## When to look again']) {
      assert.ok(text.includes(part), `${path} has no "${part}"`);
    }
    assert.ok(index.includes(path.slice('docs/adr/'.length)), `docs/adr/README.md does not list ${path}`);
  }
});

test("no file names a package registry or a place on somebody's machine", async () => {
  // Put together here, so that this file does not hold what it looks for.
  const words = [
    ['registry', 'npmjs', 'org'].join('.'),
    ['registry', 'yarnpkg', 'com'].join('.'),
    ['deb', 'debian', 'org'].join('.'),
    ['', 'work', 'main'].join('/'),
    ['', 'work', 'shared'].join('/'),
    ['', 'root', ''].join('/'),
  ];
  const found: string[] = [];
  for (const path of files) {
    const text = await read(path);
    for (const word of words) if (text.includes(word)) found.push(`${path}: ${word}`);
  }
  assert.deepEqual(found, []);
});

test('the lock file can be installed anywhere: no registry in it, and every optional package of a platform', async () => {
  interface Locked {
    readonly resolved?: string;
    readonly optionalDependencies?: Record<string, string>;
  }
  const lock = JSON.parse(await read('package-lock.json')) as { packages: Record<string, Locked> };
  const missing: string[] = [];
  for (const [path, locked] of Object.entries(lock.packages)) {
    assert.ok(!/^[a-z]+:/.test(locked.resolved ?? ''), `${path} is resolved to an address`);
    for (const name of Object.keys(locked.optionalDependencies ?? {})) {
      const held = lock.packages[`node_modules/${name}`] ?? lock.packages[`${path}/node_modules/${name}`];
      if (held === undefined) missing.push(name);
    }
  }
  // `npm ci` of npm 11 refuses a lock file that lacks one, even one for another platform.
  assert.deepEqual(missing, []);
});
