import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { issue, makeCa } from '../harness/certificates.ts';
import { needing } from '../harness/peers/needing.ts';
import { folderFor, run } from './command.ts';

const setting =
  '/helpdesk,http://10.0.0.9/helpdesk https://mail.example.com,http://10.0.0.8/,httpsonly /exchange/,http://10.0.0.8/owa/,httpsredirect';

test('postern import reverse-lines prints a config, writes one, and postern export gives the lines back', async (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'lines'), `apache_reverse=${setting}\n`);
  const printed = await run(t, ['import', 'reverse-lines', 'lines'], { cwd });
  assert.equal(printed.stderr, '');
  assert.equal(printed.code, 0);
  const written = await run(t, ['import', 'reverse-lines', 'lines', '--write'], { cwd });
  assert.match(
    written.stdout,
    /^Written: postern\.yaml; put in your certificate, then run "postern check postern\.yaml"\n$/,
  );
  assert.equal(readFileSync(join(cwd, 'postern.yaml'), 'utf8'), printed.stdout);
  const exported = await run(t, ['export', 'reverse-lines', 'postern.yaml'], { cwd });
  assert.deepEqual(
    exported.stdout.trimEnd().split('\n'),
    setting.split(' ').map((line) => line.replace(',http://10.0.0.8,', ',http://10.0.0.8/,')),
  );
  assert.equal(exported.stderr, '');
});

test('postern import overwrites nothing', async (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'lines'), setting);
  writeFileSync(join(cwd, 'mine.yaml'), 'mine');
  const { code, stderr } = await run(t, ['import', 'reverse-lines', 'lines', '--write', 'mine.yaml'], { cwd });
  assert.match(stderr, /^postern: Cannot write "mine\.yaml": .*, name a file that is not there yet\n$/);
  assert.equal(code, 1);
  assert.equal(readFileSync(join(cwd, 'mine.yaml'), 'utf8'), 'mine');
});

test('postern import and export say each mistake in a line', async (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'lines'), '/a,http://s/,what /b\n');
  const bad = await run(t, ['import', 'reverse-lines', 'lines'], { cwd });
  assert.equal(bad.code, 2);
  assert.equal(bad.stdout, '');
  assert.match(bad.stderr, /^postern: Cannot read item 1, .*\npostern: Cannot read item 2, .*\n$/);
  const none = await run(t, ['import', 'reverse-lines', 'nowhere'], { cwd });
  assert.match(none.stderr, /^postern: Cannot read "nowhere": there is no such file/);
  assert.equal(none.code, 2);
  const format = await run(t, ['import', 'what', 'lines'], { cwd });
  assert.match(format.stderr, /'what' is invalid for argument 'format'\. Allowed choices are reverse-lines; see/);
  assert.equal(format.code, 2);
  writeFileSync(join(cwd, 'bad.yaml'), 'rotues: []\n');
  const config = await run(t, ['export', 'reverse-lines', 'bad.yaml'], { cwd });
  assert.match(config.stderr, /^postern: bad\.yaml:1:1: /);
  assert.equal(config.code, 2);
});

needing('openssl').test('what is imported passes postern check once the certificate is there', async (t) => {
  const cwd = folderFor(t);
  const lines = `${setting} https://x.test,http://10.0.0.7,httpsredirect http://x2.test,http://10.0.0.7 /Helpdesk,http://10.0.0.9/helpdesk`;
  writeFileSync(join(cwd, 'lines'), lines);
  const ca = await makeCa(cwd);
  const { chain, key } = await issue(ca, { names: ['mail.example.com', 'x.test', 'x2.test'], days: 60, key: 'ec' });
  mkdirSync(join(cwd, 'certs'));
  writeFileSync(join(cwd, 'certs/server.pem'), chain + key, { mode: 0o600 });
  for (const options of [[], ['--ignore-case', '--pass-host', '--block-ntlm', '--block-negotiate']]) {
    const file = `made${options.length}.yaml`;
    await run(t, ['import', 'reverse-lines', 'lines', ...options, '--write', file], { cwd });
    const { stdout, code } = await run(t, ['check', file], { cwd });
    assert.equal(code, 0, stdout);
    assert.match(stdout, new RegExp(`^OK: ${file}: 2 listeners, ${options.length === 0 ? 6 : 5} routes, `, 'm'));
  }
});
