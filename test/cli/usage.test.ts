import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { folderFor, run } from './command.ts';

/** Each misuse gets one line on stderr that names the thing and what to do, and exit code 2. */
const misuses: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /^postern: Cannot read the command line: no command was given; see "postern help"\n$/],
  [['chek'], /unknown command 'chek' \(Did you mean check\?\); see "postern help"\n$/],
  [['run', '--thread', '1'], /unknown option '--thread' \(Did you mean --threads\?\); see "postern help run"\n$/],
  [
    ['run', '--threads', '65'],
    /option '--threads <number>' argument '65' is invalid\. There are auto and 0 to 64; see/,
  ],
  [['run', '--threads'], /option '--threads <number>' argument missing; see "postern help run"\n$/],
  [['run', 'a', 'b'], /too many arguments for 'run'\. Expected 1 argument but got 2: a, b; see/],
  [['proxy', '--from', ':0'], /required option '--to <url\.\.\.>' not specified; see "postern help proxy"\n$/],
  [['proxy', '--to', 'http://127.0.0.1'], /required option '--from <address>' not specified; see/],
  [['status', 'now'], /too many arguments for 'status'/],
  [['help', 'nope'], /unknown command 'nope'; see "postern help"\n$/],
  [['run'], /^postern: Cannot find a config: there is none of \.\/postern\.yaml, .*; name one, or try "postern proxy/],
  [['check'], /^postern: Cannot find a config/],
];

for (const [args, message] of misuses) {
  test(`postern ${args.join(' ')} is refused in one line`, async (t) => {
    const { code, stdout, stderr } = await run(t, args, { cwd: folderFor(t) });
    assert.match(stderr, message);
    assert.match(stderr, /^postern: Cannot [^\n]*\n$/, 'one line');
    assert.equal(stdout, '');
    assert.equal(code, 2);
  });
}

test('postern help lists the commands, and explains each', async (t) => {
  const cwd = folderFor(t);
  const { code, stdout, stderr } = await run(t, ['help'], { cwd });
  assert.equal(code, 0);
  assert.equal(stderr, '');
  for (const command of ['run', 'proxy', 'check', 'reload', 'stop', 'status', 'version', 'help']) {
    assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
  }
  const proxy = await run(t, ['help', 'proxy'], { cwd });
  assert.equal(proxy.code, 0);
  assert.match(proxy.stdout, /Usage: postern proxy/);
  assert.equal((await run(t, ['proxy', '--help'], { cwd })).stdout, proxy.stdout);
});

test('postern version says which one this is, and with --verbose what it runs with', async (t) => {
  const cwd = folderFor(t);
  assert.match((await run(t, ['version'], { cwd })).stdout, /^postern \d+\.\d+\.\d+\n$/);
  const { code, stdout } = await run(t, ['version', '--verbose'], { cwd });
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^node {7}${process.versions.node}$`, 'm'));
});

test('reload, stop and status say what to do where nothing runs', async (t) => {
  for (const command of ['reload', 'stop', 'status']) {
    const { code, stderr } = await run(t, [command], { cwd: folderFor(t) });
    assert.match(stderr, /^postern: Cannot reach Postern at .*postern\.sock: nothing listens there; start it with/);
    assert.equal(code, 1);
  }
});

const good = 'listeners:\n  web: { address: "127.0.0.1:0" }\nroutes:\n  - to: http://127.0.0.1:1\n';

test('postern check counts what is in a good config', async (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'postern.yml'), good);
  assert.deepEqual(await run(t, ['check'], { cwd }), {
    code: 0,
    signal: null,
    stdout: 'OK: ./postern.yml: 1 listener, 1 route, 1 pool, 1 server\n',
    stderr: '',
  });
  const json = await run(t, ['check', 'postern.yml', '--json'], { cwd });
  assert.equal(json.code, 0);
  assert.deepEqual(JSON.parse(json.stdout), []);
});

test('postern check --exposure shows what can be reached, and what protects it', async (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'postern.yml'), good);
  assert.deepEqual(await run(t, ['check', '--exposure'], { cwd }), {
    code: 0,
    signal: null,
    stdout: `web: 127.0.0.1:0, open to this machine, plain HTTP
  HOST  PATH  LEADS TO            PROTECTED BY
  *     /     http://127.0.0.1:1  NOTHING
  1 of 1 let everyone in
`,
    stderr: '',
  });
  const json = await run(t, ['check', '--exposure', '--json'], { cwd });
  const { listeners } = JSON.parse(json.stdout) as { listeners: { name: string; routes: { open: boolean }[] }[] };
  assert.deepEqual(
    listeners.map(({ name, routes }) => [name, ...routes.map(({ open }) => open)]),
    [['web', true]],
  );
  writeFileSync(join(cwd, 'bad.yaml'), `${good}rotues: []\n`);
  const bad = await run(t, ['check', '--exposure', 'bad.yaml'], { cwd });
  assert.equal(bad.code, 2);
  assert.match(bad.stdout, /^bad\.yaml:5:1: /);
});

test('postern check warns of what could be better', async (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'postern.yml'), good.replace('127.0.0.1:0', ':0'));
  const { code, stdout } = await run(t, ['check'], { cwd });
  assert.equal(code, 0);
  assert.match(stdout, /^\.\/postern\.yml:2:19: warning: The listener "web" is open to the world/);
  assert.match(stdout, /1 warning\n$/);
});

test('postern check says where every mistake is', async (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'bad.yaml'), `${good}rotues: []\ngrace: soon\n`);
  const { code, stdout, stderr } = await run(t, ['check', 'bad.yaml'], { cwd });
  assert.equal(code, 2);
  assert.equal(stderr, '');
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 2, stdout);
  assert.match(lines[0]!, /^bad\.yaml:5:1: .*"rotues".*routes/);
  assert.match(lines[1]!, /^bad\.yaml:6:8: .*"soon"/);
  const json = await run(t, ['check', 'bad.yaml', '--json'], { cwd });
  assert.equal(json.code, 2);
  assert.deepEqual(
    (JSON.parse(json.stdout) as { line: number; severity: string }[]).map(({ line, severity }) => [line, severity]),
    [
      [5, 'error'],
      [6, 'error'],
    ],
  );
});

test('a config that is not there, or is no config, is said in words', async (t) => {
  const cwd = folderFor(t);
  for (const command of ['check', 'run']) {
    const { code, stdout, stderr } = await run(t, [command, 'nowhere.yaml'], { cwd });
    assert.equal(code, 2);
    assert.match(stdout + stderr, /nowhere\.yaml/);
    assert.doesNotMatch(stdout + stderr, /\n\s+at /, 'no stack');
  }
});

test('run refuses a bad config with all its mistakes and exit code 2', async (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'bad.yaml'), `${good}rotues: []\ngrace: soon\n`);
  const { code, stderr } = await run(t, ['run', 'bad.yaml'], { cwd });
  assert.equal(code, 2);
  assert.match(stderr, /bad\.yaml:5:1: .*rotues/);
  assert.match(stderr, /bad\.yaml:6:8: .*soon/);
  for (const line of stderr.trimEnd().split('\n')) JSON.parse(line);
});

test('proxy names the option that is wrong', async (t) => {
  const cwd = folderFor(t);
  const from = await run(t, ['proxy', '--from', 'nonsense:x', '--to', 'http://127.0.0.1:1'], { cwd });
  assert.equal(from.code, 2);
  assert.match(from.stderr, /--from: /);
  const to = await run(t, ['proxy', '--from', '127.0.0.1:0', '--to', 'ftp://127.0.0.1:1'], { cwd });
  assert.equal(to.code, 2);
  assert.match(to.stderr, /--to: /);
});
