import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { formatProblem } from './config-problem.ts';
import { loadConfig } from './load-config.ts';
import type { LoadResult } from './load-result.ts';

const token = 'a-token-of-some-length';

/** Loads a config with this `admin`, beside a file with this token. */
async function load(admin: string, content: string, mode = 0o600): Promise<{ result: LoadResult; lines: string[] }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-token-'));
  try {
    writeFileSync(path.join(folder, 'token'), content);
    chmodSync(path.join(folder, 'token'), mode);
    const file = path.join(folder, 'x.yaml');
    writeFileSync(file, `listeners: { web: { address: ":80" } }\nroutes: [{ to: http://10.0.0.1 }]\nadmin: ${admin}\n`);
    const result = await loadConfig(file, { environment: {}, instance: '' });
    const found = result.ok ? result.warnings : result.problems;
    return { result, lines: found.map((each) => formatProblem(each).replaceAll(`${folder}/`, '')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

void test('of a token only its hash is kept, and its file is one of the config', async () => {
  for (const content of [token, `${token}\n`, `${token}\r\nnotes of somebody\n`]) {
    // oxlint-disable-next-line no-await-in-loop -- three small files
    const { result, lines } = await load(
      '{ listen: "127.0.0.1:2020", tokenFile: token, hosts: [Admin.Test] }',
      content,
    );
    assert.deepEqual(lines, []);
    assert.ok(result.ok);
    const tokenHash = createHash('sha256').update(token).digest('hex');
    assert.equal(result.admin.tokenHash, tokenHash);
    assert.deepEqual(result.admin.hosts, ['admin.test']);
    assert.ok(!JSON.stringify(result).includes(token));
    assert.ok(result.files.some((file) => file.endsWith('/token')));
  }
});

void test('a token that is short, or no token, is refused without being shown', async () => {
  for (const content of ['short\n', '', `\n${token}`, `two words and more\n`, 'x'.repeat(600), 'pässwörter-sind-gut']) {
    // oxlint-disable-next-line no-await-in-loop -- a few small files
    const { lines } = await load('{ listen: "127.0.0.1:2020", tokenFile: token }', content);
    assert.equal(lines.length, 1, content);
    assert.match(
      lines[0]!,
      /^x\.yaml:3:\d+: Cannot use this token: the first line of the file is not 16 to 512 .*openssl rand/,
    );
    assert.ok(!lines[0]!.includes('short'));
  }
  const { lines } = await load('{ listen: "127.0.0.1:2020", tokenFile: none }', token);
  assert.match(lines[0]!, /^x\.yaml:3:\d+: Cannot read the token "none": there is no such file/);
});

void test('an address that others reach needs a token, and is warned of with one', async () => {
  for (const listen of ['":2020"', '"0.0.0.0:2020"', '"10.0.0.5:2020"', '"[::]:2020"']) {
    // oxlint-disable-next-line no-await-in-loop -- a few small files
    const [without, with_] = [
      await load(`{ listen: ${listen} }`, token),
      await load(`{ listen: ${listen}, tokenFile: token }`, token),
    ];
    assert.equal(without.result.ok, false);
    assert.match(without.lines[0]!, /Cannot listen here without a token: other machines could reach it, add tokenFile/);
    assert.ok(with_.result.ok);
    assert.match(with_.lines[0]!, /warning: The token goes over the network as plain text/);
  }
  for (const listen of ['"127.0.0.1:2020"', '"[::1]:2020"', 'localhost:2020']) {
    // oxlint-disable-next-line no-await-in-loop -- a few small files
    assert.deepEqual((await load(`{ listen: ${listen} }`, token)).lines, []);
  }
});

void test('a token that others can read is warned of, and so is one that is for nothing', async () => {
  const readable = await load('{ listen: "127.0.0.1:2020", tokenFile: token }', token, 0o644);
  assert.ok(readable.result.ok);
  assert.match(readable.lines[0]!, /warning: The file of the token is readable by others \(mode 0644\), .*chmod 600/);
  const unused = await load('{ tokenFile: token, hosts: [a.test] }', token);
  assert.ok(unused.result.ok);
  assert.equal(unused.lines.length, 2);
  assert.match(unused.lines[0]!, /warning: The key tokenFile is for an address, and there is none/);
});
