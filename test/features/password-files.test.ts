import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import type { BasicAuthConfig } from '../../src/proxy/index.ts';
import { verifyPassword } from '../../src/proxy/middleware/basic-auth/verify-password.ts';
import { formatProblem } from '../../src/control/config/config-problem.ts';
import { loadConfig } from '../../src/control/config/load-config.ts';
import type { LoadEnv } from '../../src/control/config/load-result.ts';
import { needing } from '../harness/peers/needing.ts';

const run = promisify(execFile);

const env: LoadEnv = {
  instance: 'test',
  environment: {},
  readFile: async (file) => (await import('node:fs/promises')).readFile(file),
};

interface Loaded {
  readonly users: BasicAuthConfig['users'];
  readonly problems: readonly string[];
}

/** A config with a password file of this text, and what becomes of it. */
async function load(htpasswd: string, users = ''): Promise<Loaded> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'postern-auth-'));
  try {
    await writeFile(path.join(folder, 'p.htpasswd'), htpasswd);
    const file = path.join(folder, 'postern.yaml');
    const feature = `basic-auth: { htpasswd: p.htpasswd${users} }`;
    await writeFile(
      file,
      `listeners: { web: { address: "127.0.0.1:8080" } }\nroutes: [{ to: http://10.0.0.1, middleware: [{ ${feature} }] }]\n`,
    );
    const result = await loadConfig(file, env);
    const problems = (result.ok ? result.warnings : result.problems).map((each) =>
      formatProblem({ ...each, file: 'c' }),
    );
    const config = result.ok
      ? (result.plan.routes[0]!.middleware[0]?.config as BasicAuthConfig | undefined)
      : undefined;
    if (result.ok) assert.deepEqual(result.files, [path.join(folder, 'p.htpasswd')]);
    assert.equal(result.ok && result.plan.routes[0]!.disabled === undefined, config !== undefined);
    return { users: config?.users ?? [], problems };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function make(...options: readonly string[]): Promise<string> {
  return (await run('htpasswd', ['-nb', ...options])).stdout.trim();
}

const long = 'a long password: with a colon, ünïcode and more than thirty-two bytes';

needing('htpasswd').test('a file of htpasswd with bcrypt, apr1 and SHA-1 lets its users in', async () => {
  const kinds = [['-B', '-C', '5'], ['-m'], ['-s']];
  const made = await Promise.all(
    kinds.flatMap((kind, i) => [make(...kind, `u${i}`, 'x'), make(...kind, `v${i}`, long)]),
  );
  const { users, problems } = await load(`# users\n\n${made.join('\r\n')}\n`);
  assert.deepEqual(
    users.map(({ name, hash }) => [name, hash.kind]),
    [
      ['u0', 'bcrypt'],
      ['u1', 'apr1'],
      ['u2', 'sha1'],
      ['v0', 'bcrypt'],
      ['v1', 'apr1'],
      ['v2', 'sha1'],
    ],
  );
  for (const { name, hash } of users) {
    const password = name.startsWith('u') ? 'x' : long;
    assert.equal(await verifyPassword(password, hash), true, name);
    assert.equal(await verifyPassword(`${password} `, hash), false, name);
  }
  const weak = problems.filter((problem) => problem.includes('easily guessed'));
  assert.equal(weak.length, 1, 'one warning a file');
  assert.match(weak[0]!, /"u1" is kept as apr1 .*: line 5 and 3 others/);
});

test('a line that is no user disables the route with its number, and its password is not shown', async () => {
  const good = '$2y$05$Bj8ZxZb0CmtGSwSbQ5j0meXm7WhFu6Fxqo4u2k8vGk8Oa6CBGXjWq';
  const cases: readonly (readonly [string, RegExp])[] = [
    [`a:${good}\nb:hunter2\n`, /line 2 of "p\.htpasswd": it is a password in plain text/],
    [`a:${good}\n\nb:hunter2hunter\n`, /line 3 of .*: it is a password in plain text or a hash of crypt\(3\)/],
    ['a:$6$salt$hunter2\n', /line 1 of .*: it is a hash of a kind that is not taken/],
    ['hunter2\n', /line 1 of .*: there is no colon in it, write name:hash/],
    [':hunter2\n', /line 1 of .*: the name of a user has 1 to 255 characters/],
    [`a:${good}\nb:${good}\na:${good}\n`, /line 3 of .*: the user is there twice/],
    [`a:${good.slice(0, -1)}\n`, /line 1 of .*: it begins as a bcrypt hash, and is none/],
    ['# nobody\n', /Cannot use "p\.htpasswd": nobody is in it/],
  ];
  for (const [text, wanted] of cases) {
    const { problems } = await load(text);
    const found = problems.join('\n');
    assert.match(found, wanted);
    assert.ok(!found.includes('hunter2'), found);
  }
});

test('a password in place of a hash in the config is not shown', async () => {
  const { problems } = await load('', ', users: { anna: hunter2 }');
  assert.ok(problems.length > 0 && !problems.join('\n').includes('hunter2'));
});
