import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { addressOf, folderFor, origin, run, start, takenPort, type Running } from './command.ts';
import { configOf, site, textOf } from './site.ts';

for (const threads of ['0', '1']) {
  test(`run --threads ${threads} serves, tells its status, reloads and stops`, async (t) => {
    const [one, two] = [await origin(t, 'one'), await origin(t, 'two')];
    const few = 'connections: { total: 300 }\n'; // More than a small limit of open files allows is warned of.
    const { cwd, write } = site(t, one.url, few);
    const running = start(t, ['run', '--threads', threads], { cwd });
    const url = await addressOf(running);
    await running.said(/Postern \d+\.\d+\.\d+ starts with \.\/postern\.yaml/);
    await running.said(/The access log goes to standard output/);
    assert.equal(await textOf(`${url}/a`), 'one /a');
    assert.equal(statSync(join(cwd, 'postern.sock')).mode & 0o777, 0o600);

    const status = await run(t, ['status'], { cwd });
    assert.equal(status.code, 0, status.stderr);
    assert.match(status.stdout, new RegExp(`^web +${url.slice('http://'.length)} `, 'm'));
    const json = JSON.parse((await run(t, ['status', '--json'], { cwd })).stdout) as Record<string, unknown>;
    assert.equal(json['phase'], 'running');
    assert.equal(json['pid'], running.child.pid);

    const same = await run(t, ['reload'], { cwd });
    assert.deepEqual([same.code, same.stdout], [0, 'The config is the same as before: nothing was changed\n']);

    write(configOf(two.url, few));
    const changed = await run(t, ['reload'], { cwd });
    assert.equal(changed.code, 0);
    assert.match(
      changed.stdout,
      /^The new config is in force: changed 1 .*; kept \d+ connections, 0 tunnels; loaded in \d+ ms, swapped in \d+ ms\n/,
    );
    assert.equal(await textOf(`${url}/b`), 'two /b', 'the listener stayed where it was');

    const stopped = await run(t, ['stop'], { cwd });
    assert.deepEqual([stopped.code, stopped.stdout], [0, 'Postern has stopped\n']);
    const { code, stderr } = await running.ended;
    assert.equal(code, 0, stderr);
    assert.equal(existsSync(join(cwd, 'postern.sock')), false);
    for (const line of stderr.trimEnd().split('\n')) JSON.parse(line);
  });
}

test('a bad config changes nothing and says why, to the caller and in the log', async (t) => {
  const one = await origin(t, 'one');
  const { cwd, write } = site(t, one.url);
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  write(configOf(one.url, 'grace: soon\n'));
  const { code, stdout, stderr } = await run(t, ['reload'], { cwd });
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /^postern: \.\/postern\.yaml:5:8: .*"soon"/);
  assert.match(stderr, /Nothing was changed: the config before stays in force\n$/);
  await running.said(/postern\.yaml:5:8: .*soon/);
  assert.equal(await textOf(`${url}/a`), 'one /a');
  assert.match((await run(t, ['status'], { cwd })).stdout, /^last reload +failed/m);
});

test('a config whose listener cannot be opened changes nothing', async (t) => {
  const [one, two] = [await origin(t, 'one'), await origin(t, 'two')];
  const port = await takenPort(t);
  const { cwd, write } = site(t, one.url);
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  write(configOf(two.url).replace('routes:', `  more: { address: "127.0.0.1:${port}" }\nroutes:`));
  const { code, stderr } = await run(t, ['reload'], { cwd });
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port}`));
  assert.equal(await textOf(`${url}/a`), 'one /a');
});

test('a port that is in use is said in words, with exit code 1', async (t) => {
  const port = await takenPort(t);
  const cwd = folderFor(t);
  const { code, stderr } = await run(t, ['proxy', '--from', `127.0.0.1:${port}`, '--to', 'http://127.0.0.1:1'], {
    cwd,
  });
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${port}`));
  assert.equal(existsSync(join(cwd, 'postern.sock')), false, 'nothing is left behind');
});

test('a second run with the same control socket says that one is running', async (t) => {
  const one = await origin(t, 'one');
  const { cwd } = site(t, one.url);
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  const second = await run(t, ['run'], { cwd });
  assert.equal(second.code, 1);
  assert.match(second.stderr, /Postern is already running with it; stop that one, or name another with --socket/);
  assert.equal(await textOf(`${url}/a`), 'one /a');
  const third = start(t, ['proxy', '--from', '127.0.0.1:0', '--to', one.url], { cwd });
  assert.equal(await textOf(`${await addressOf(third)}/b`), 'one /b', 'proxy does without the socket');
});

test('the socket of a process that was killed is taken over', async (t) => {
  const one = await origin(t, 'one');
  const { cwd } = site(t, one.url);
  const first = start(t, ['run'], { cwd });
  await addressOf(first);
  first.child.kill('SIGKILL');
  assert.equal((await first.ended).signal, 'SIGKILL');
  const second = start(t, ['run'], { cwd });
  await addressOf(second);
  assert.equal((await run(t, ['status'], { cwd })).code, 0);
});

test('proxy needs no file, and shares requests over several servers', async (t) => {
  const [one, two] = [await origin(t, 'one'), await origin(t, 'two')];
  const cwd = folderFor(t);
  const running: Running = start(t, ['proxy', '--from', '127.0.0.1:0', '--to', one.url, '--to', two.url], { cwd });
  const url = await addressOf(running);
  const answers = new Set<string>();
  for (let i = 0; i < 4; i++) answers.add(await textOf(`${url}/`));
  assert.deepEqual([...answers].toSorted(), ['one /', 'two /']);
});

test('reload, stop and status find the socket by the config, even a broken one, and by --socket', async (t) => {
  const one = await origin(t, 'one');
  const { cwd, write } = site(t, one.url, 'admin: { socket: own.sock }\n');
  const running = start(t, ['run'], { cwd });
  await addressOf(running);
  assert.equal((await run(t, ['status'], { cwd })).code, 0);
  assert.equal((await run(t, ['status', '--socket', 'own.sock'], { cwd })).code, 0);
  const elsewhere = folderFor(t);
  assert.equal((await run(t, ['status', '--config', join(cwd, 'postern.yaml')], { cwd: elsewhere })).code, 0);
  assert.equal((await run(t, ['status'], { cwd: elsewhere })).code, 1);
  write(configOf(one.url, 'admin: { socket: own.sock }\ngrace: soon\n'));
  assert.equal((await run(t, ['reload'], { cwd })).code, 2);
});

test('where nobody asked for the control socket and it cannot be opened, it runs without', async (t) => {
  const one = await origin(t, 'one');
  const { cwd } = site(t, one.url);
  const running = start(t, ['run'], { cwd, env: { XDG_RUNTIME_DIR: join(cwd, 'postern.yaml') } });
  assert.equal(await textOf(`${await addressOf(running)}/a`), 'one /a');
  assert.match(
    running.stderr(),
    /Cannot open the control socket .* a part of its path is a file.* Going on without it/,
  );
  const wanted = await run(t, ['run', '--socket', 'postern.yaml/x.sock'], { cwd });
  assert.equal(wanted.code, 1);
  assert.match(wanted.stderr, /Cannot open the control socket .* a part of its path is a file, not a folder/);
});

test('a reload can move the control socket', async (t) => {
  const one = await origin(t, 'one');
  const { cwd, write } = site(t, one.url, 'admin: { socket: a.sock }\n');
  const running = start(t, ['run'], { cwd });
  await addressOf(running);
  write(configOf(one.url, 'admin: { socket: b.sock }\n'));
  assert.equal((await run(t, ['reload', '--socket', 'a.sock'], { cwd })).code, 0);
  assert.equal((await run(t, ['status', '--socket', 'b.sock'], { cwd })).code, 0);
  assert.equal(existsSync(join(cwd, 'a.sock')), false);
});
