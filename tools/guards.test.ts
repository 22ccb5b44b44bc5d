// A guard that looks at nothing is green. So: copy the repository, plant one violation per rule, run each npm script
// there as it stands in package.json, and expect it to fail and to name the rule and the planted file.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { plantedFiles, plantedLines, violations, type Guard } from './planted-violations.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const notCopied = new Set(['node_modules', '.git', '.node24', 'dist']);

let copy = '';

before(async () => {
  copy = await mkdtemp(join(tmpdir(), 'postern-guards-'));
  await cp(root, copy, { recursive: true, filter: (path) => !notCopied.has(path.slice(root.length)) });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
  for (const [path, text] of Object.entries(plantedFiles)) {
    await mkdir(dirname(join(copy, path)), { recursive: true });
    await writeFile(join(copy, path), text);
  }
  for (const [path, text] of Object.entries(plantedLines)) await appendFile(join(copy, path), text);
});

after(async () => {
  if (copy !== '') await rm(copy, { recursive: true, force: true });
});

interface Outcome {
  readonly failed: boolean;
  readonly output: string;
}

function run(command: string, args: readonly string[]): Promise<Outcome> {
  const options = { cwd: copy, timeout: 600_000, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, NO_COLOR: '1' } };
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error?.killed || typeof error?.code === 'string') reject(error);
      else resolve({ failed: error !== null, output: stdout + stderr });
    });
  });
}

/** Each planted violation must be told by one line (or two that follow each other) with both the file and the rule. */
function assertFound(guard: Guard, outcome: Outcome): void {
  assert.ok(outcome.failed, `${guard} passed over planted violations:\n${outcome.output}`);
  const lines = outcome.output.split('\n');
  for (const { rule, file } of violations.filter((violation) => violation.guard === guard)) {
    const told = lines.some((line, i) => line.includes(rule) && `${line}\n${lines[i + 1] ?? ''}`.includes(file));
    assert.ok(told, `${guard} does not report ${rule} in ${file}:\n${outcome.output}`);
  }
}

test('deps finds an import against each rule, and every rule has its planted import', async () => {
  assertFound('deps', await run('npm', ['run', '--silent', 'deps']));
  const config = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as { forbidden: { name: string }[] };
  assert.deepEqual(rulesOf('deps'), new Set(config.forbidden.map((rule) => rule.name)));
});

test('lint finds a violation of each configured rule, and every configured rule has one', async () => {
  assertFound('lint', await run('npm', ['run', '--silent', 'lint', '--', '--format=unix']));
  const config = JSON.parse(await readFile(join(root, '.oxlintrc.json'), 'utf8')) as { rules: Record<string, unknown> };
  const enforced = Object.entries(config.rules).filter(([, level]) => level !== 'off');
  const names = enforced.map(([name]) => `(${name.slice(name.indexOf('/') + 1)})`);
  assert.deepEqual(rulesOf('lint'), new Set(names));
});

test('types finds a type error', async () => {
  assertFound('types', await run('npm', ['run', '--silent', 'types']));
});

test('format finds a file that is not formatted', async () => {
  assertFound('format', await run('npm', ['run', '--silent', 'format']));
});

test('unused finds an export and a file that nobody uses', async () => {
  assertFound('unused', await run('npm', ['run', '--silent', 'unused', '--', '--reporter=compact']));
});

test('unused in production finds an export that only a test uses', async () => {
  const production = await run(join(copy, 'node_modules/.bin/knip'), ['--production', '--reporter=compact']);
  assertFound('unused-production', production);
});

function rulesOf(guard: Guard): Set<string> {
  return new Set(violations.filter((violation) => violation.guard === guard).map((violation) => violation.rule));
}
