/** The packages, made, installed, run and removed: the Debian package in a Debian of its own, the archive without a Node. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import {
  addressOf,
  type CommandOptions,
  endsWell,
  folderFor,
  origin,
  run,
  type Running,
  start,
  until,
} from '../cli/command.ts';
import { configOf, textOf } from '../cli/site.ts';
import { findProgram } from '../harness/peers/programs.ts';
import { version } from '../../src/version.ts';
import { build, buildContext, needingPackages, onlyFile, repository, sha256 } from './packages/build.ts';
import { debianRoot, type DebianRoot } from './packages/debian-root.ts';
import { execForm, only, readDockerfile } from './packages/dockerfile.ts';
import { fillImage } from './packages/image.ts';
import { asService, isAllowed, mayInstall, within } from './packages/in-root.ts';

const packing = needingPackages('dpkg-deb', 'tar', 'gzip', 'npm');
const installing = needingPackages('dpkg', 'dpkg-deb', 'adduser', 'unshare', 'find', 'logrotate', 'npm');
const folder = packing.present ? mkdtempSync(join(tmpdir(), 'postern-packages-')) : '';
const out = join(folder, 'out');
const tree = join(folder, `postern-${version}-linux-${process.arch}`);

packing.before(async () => {
  const [one, other] = [join(folder, 'sources'), join(folder, 'other', 'sources')];
  buildContext(one);
  cpSync(one, other, { recursive: true, verbatimSymlinks: true });
  await Promise.all([
    build(['deb', 'tar'], { sources: one, out, zone: 'UTC', umask: '022' }),
    build(['deb'], { sources: other, out: join(folder, 'again'), zone: 'Asia/Tokyo', umask: '077' }),
  ]);
  execFileSync('tar', ['-xzf', onlyFile(out, '.tar.gz'), '-C', folder]);
});

packing.after(() => rmSync(folder, { recursive: true, force: true }));

packing.test('the same sources make the same package in another place, time zone and umask', () => {
  assert.equal(sha256(onlyFile(join(folder, 'again'), '.deb')), sha256(onlyFile(out, '.deb')));
});

packing.test('a build leaves nothing but its packages', () => {
  const names = execFileSync('ls', ['-A', out], { encoding: 'utf8' }).trim().split('\n');
  assert.equal(names.length, 2, names.join());
});

packing.test('the archive has one folder, and all in it belongs to root and may be read by everyone', () => {
  const lines = execFileSync('tar', ['-tvzf', onlyFile(out, '.tar.gz'), '--numeric-owner'], {
    encoding: 'utf8',
    maxBuffer: 16e6,
  });
  for (const line of lines.trim().split('\n')) {
    assert.match(line, /^(d|-)rw(xr-xr-x|-r--r--) 0\/0 /);
    assert.ok(line.includes(` postern-${version}-linux-${process.arch}/`), line);
  }
});

packing.test('no package of development, test, source or map is in them', () => {
  const text = execFileSync('dpkg-deb', ['-c', onlyFile(out, '.deb')], { encoding: 'utf8', maxBuffer: 16e6 });
  assert.match(text, /node_modules\/zod\//);
  // Modules of one's own are written in TypeScript, too.
  const rest = text.replace(/^.*\/examples\/middleware\/[a-z-]+\.ts\n/gm, '');
  assert.doesNotMatch(
    rest,
    /\.test\.|\.map\n|\.ts\n|node_modules\/(typescript|ts7|knip|fast-check|postern-development-node|node-linux)/,
  );
});

/** A PATH in which there is no Node. */
function pathWithoutNode(t: TestContext): string {
  const path = folderFor(t);
  symlinkSync(findProgram('readlink')!, join(path, 'readlink'));
  return path;
}

/** As from a link in a folder of the PATH. */
function fromTree(t: TestContext, cwd: string): CommandOptions {
  const link = join(folderFor(t), 'postern');
  symlinkSync(join(tree, 'bin', 'postern'), link);
  return { cwd, node: '/bin/sh', script: link, env: { PATH: pathWithoutNode(t) } };
}

packing.test('the unpacked archive runs on a machine without Node, from a link to it', async (t) => {
  const one = await origin(t, 'one');
  const cwd = folderFor(t);
  const options = fromTree(t, cwd);
  writeFileSync(join(cwd, 'postern.yaml'), configOf(one.url));
  assert.equal((await run(t, ['version'], options)).stdout, `postern ${version}\n`);
  assert.match(
    (await run(t, ['version', '--verbose'], options)).stdout,
    new RegExp(`^with +${tree}/node/bin/node$`, 'm'),
  );
  const checked = await run(t, ['check'], options);
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  const running = start(t, ['run'], options);
  const url = await addressOf(running);
  assert.equal(await textOf(`${url}/a`), 'one /a');
  running.child.kill('SIGHUP');
  await running.said(/The config is the same as before/);
  running.child.kill('SIGTERM');
  assert.deepEqual(await running.ended.then(({ code, signal }) => [code, signal]), [0, null]);
});

packing.test('examples in the archive find the files that they name', async (t) => {
  const options = fromTree(t, join(tree, 'examples'));
  for (const name of ['minimal.yaml', 'two-servers.json', 'maintenance.yaml']) {
    const { code, stdout, stderr } = await run(t, ['check', name], options);
    assert.equal(code, 0, stdout + stderr);
  }
});

packing.test('without a Node of its own the launcher says what to do', async (t) => {
  const cwd = folderFor(t);
  mkdirSync(join(cwd, 'bin'));
  copyFileSync(join(tree, 'bin', 'postern'), join(cwd, 'bin', 'postern'));
  const options = { cwd, node: '/bin/sh', script: join(cwd, 'bin', 'postern'), env: { PATH: pathWithoutNode(t) } };
  const { code, stderr } = await run(t, ['run'], options);
  assert.equal(code, 2);
  assert.match(stderr, /^postern: Cannot find Node: install Node 24 or newer/);
});

/** Of the package manager itself, and copies of files that adduser changed. */
const traces =
  /^(var\/lib\/dpkg\/|var\/log\/dpkg\.log|var\/log$|etc\/(passwd|group|shadow|gshadow|subuid|subgid)-? |etc\/\.pwd\.lock|var\/lib\/systemd|run\/adduser|etc\/systemd\/system|tmp)/;

installing.test('the Debian package is installed, runs as its user, is upgraded and goes away', async (t) => {
  if (!mayInstall(t)) return;
  const root = debianRoot([...dependsOf(onlyFile(out, '.deb')), 'logrotate']);
  t.after(() => root.remove());
  const users = readFileSync(join(root.path, 'etc/passwd'), 'utf8');
  copyFileSync(onlyFile(out, '.deb'), join(root.path, 'tmp/postern.deb'));
  const before = root.files();
  root.run('dpkg', '--force-unsafe-io', '-i', '/tmp/postern.deb');
  assert.match(root.run('dpkg', '-s', 'postern'), /^Status: install ok installed$/m);
  assert.equal(root.run('dpkg', '--verify', 'postern'), '');
  assert.match(root.run('ls', '/etc/systemd/system/multi-user.target.wants'), /^postern\.service$/m);
  assert.equal(statSync(join(root.path, 'var/log/postern')).mode & 0o777, 0o750);

  await runInstalled(t, root);

  // What the administrator changed stays.
  const config = readFileSync(join(root.path, 'etc/postern/postern.yaml'), 'utf8');
  root.run('dpkg', '--force-unsafe-io', '-i', '/tmp/postern.deb');
  assert.equal(readFileSync(join(root.path, 'etc/postern/postern.yaml'), 'utf8'), config);

  root.run('dpkg', '-r', 'postern');
  const removed = [...root.files()].filter((line) => line.includes('postern') && !traces.test(line));
  assert.ok(!removed.some((line) => /usr\/(bin|lib|share)/.test(line)), removed.join('\n'));
  assert.ok(
    removed.some((line) => line.startsWith('etc/postern/postern.yaml')),
    'the config stays',
  );
  assert.ok(
    removed.some((line) => line.startsWith('var/log/postern/access.log')),
    'the log stays',
  );

  root.run('dpkg', '-P', 'postern');
  const left = [...root.files()].filter((line) => !before.has(line) && !traces.test(line));
  assert.deepEqual(left, []);
  assert.deepEqual(
    [...root.files()].filter((line) => /postern/.test(line) && !before.has(line)),
    [],
  );
  assert.equal(readFileSync(join(root.path, 'etc/passwd'), 'utf8'), users);
  assert.throws(() => root.run('dpkg', '-s', 'postern'), /not installed/);
});

async function runInstalled(t: TestContext, root: DebianRoot): Promise<void> {
  const one = await origin(t, 'one');
  const options = asService(root.path, folderFor(t));
  const config = join(root.path, 'etc/postern/postern.yaml');
  const said = await run(t, ['version'], options);
  assert.equal(said.stdout, `postern ${version}\n`, said.stderr);
  assert.equal((await run(t, ['check', '/etc/postern/postern.yaml'], options)).code, 0);
  const text = readFileSync(config, 'utf8');
  assert.ok(text.includes('127.0.0.1:8080'), 'as it comes, it answers this machine alone');
  writeFileSync(config, text.replace('127.0.0.1:8080', '127.0.0.1:0'));

  const running = start(t, startOf(root), options);
  const url = await addressOf(running);
  assert.match(await textOf(url), /^Postern works\./);
  writeFileSync(
    config,
    text.replace('127.0.0.1:8080', '127.0.0.1:0').replace(/^routes:[^#]*/m, `routes:\n  - to: ${one.url}\n`),
  );
  const reloaded = await run(t, ['reload'], options);
  assert.equal(reloaded.code, 0, reloaded.stderr);
  assert.equal(await textOf(`${url}/a`), 'one /a');
  const status = await run(t, ['status'], options);
  assert.equal(status.code, 0, status.stderr);
  const log = join(root.path, 'var/log/postern/access.log');
  await until(
    () => readFileSync(log, 'utf8').includes('"path":"/a"'),
    () => 'the line of the request',
  );
  assert.equal(statSync(log).mode & 0o777, 0o640);
  await rotateInstalled(root, running);
  assert.equal(await textOf(`${url}/b`), 'one /b');
  running.child.kill('SIGTERM');
  const { code, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
  assert.match(readFileSync(`${log}.1`, 'utf8'), /"path":"\/a"/);
  assert.match(readFileSync(log, 'utf8'), /^[^\n]*"path":"\/b"[^\n]*\n$/);
}

/** By the package's own settings of logrotate, and a systemctl that does what it is asked for. */
async function rotateInstalled(root: DebianRoot, running: Running): Promise<void> {
  const systemctl = join(root.path, 'usr/bin/systemctl');
  const systemd = join(root.path, 'run/systemd/system');
  mkdirSync(systemd, { recursive: true });
  writeFileSync(systemctl, `#!/bin/sh\necho "$@" >/tmp/asked\nkill -USR1 ${running.child.pid}\n`, { mode: 0o755 });
  root.run('logrotate', '-f', '-s', '/tmp/state', '/etc/logrotate.d/postern');
  await running.said(/The access log was opened anew/);
  assert.equal(root.run('cat', '/tmp/asked'), 'kill --signal=USR1 postern.service\n');
  rmSync(systemctl);
  rmSync(join(root.path, 'run/systemd'), { recursive: true });
}

/** The arguments that the unit of the package starts the program with. */
function startOf(root: DebianRoot): string[] {
  const unit = readFileSync(join(root.path, 'usr/lib/systemd/system/postern.service'), 'utf8');
  assert.match(unit, /^User=postern$/m);
  const [program, ...args] = /^ExecStart=(.*)$/m.exec(unit)![1]!.split(' ');
  assert.equal(program, '/usr/bin/postern');
  return args;
}

function dependsOf(deb: string): string[] {
  return execFileSync('dpkg-deb', ['-f', deb, 'Depends'], { encoding: 'utf8' }).trim().split(', ');
}

const bare = needingPackages('dpkg-deb', 'tar', 'gzip', 'npm', 'unshare', 'ldd');

bare.test(
  'what the distroless image holds runs by itself: as its user, with its health check, to its stop signal',
  async (t) => {
    if (!mayInstall(t)) return;
    const root = folderFor(t);
    const stage = readDockerfile(join(repository, 'packaging/container/Dockerfile.distroless')).stages.at(-1)!;
    fillImage(root, stage, tree);
    const user = only(stage, 'USER');
    const [node, ...nodeArgs] = execForm(only(stage, 'ENTRYPOINT'));
    const options: CommandOptions = {
      ...within(root, user, root),
      script: node!,
    };
    const running = start(t, [...nodeArgs, ...execForm(only(stage, 'CMD'))], options);
    assert.match(await textOf(await addressOf(running)), /^Postern works\./);
    const [, ...health] = execForm(only(stage, 'HEALTHCHECK'));
    const healthy = await run(t, health, options);
    assert.equal(healthy.code, 0, healthy.stderr);
    running.child.kill(only(stage, 'STOPSIGNAL') as NodeJS.Signals);
    await endsWell(running);
    assert.equal((await run(t, health, options)).code, 1, 'the health check fails when nothing runs');
  },
);

const isolating = needingPackages('dpkg-deb', 'tar', 'gzip', 'npm', 'unshare', 'nsenter');

isolating.test('as process 1 it obeys signals, and health checks leave no zombies', async (t) => {
  if (!isAllowed('--pid', '--fork')) return t.skip('no process namespace can be made here');
  const one = await origin(t, 'one');
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'postern.yaml'), configOf(one.url));
  const launcher = join(tree, 'bin', 'postern');
  const running = start(t, ['run'], {
    cwd,
    node: 'unshare',
    nodeArgs: ['--pid', '--fork', '--kill-child'],
    script: launcher,
  });
  const url = await addressOf(running);
  const pid = Number(childrenOf(running.child.pid!));
  assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^NSpid:\s+\d+\s+1$/m);
  assert.equal(await textOf(`${url}/a`), 'one /a');
  for (let i = 0; i < 3; i++) {
    const inside = { cwd, node: 'nsenter', nodeArgs: ['--pid', `--target=${pid}`], script: launcher };
    const { code, stderr } = await run(t, ['status'], inside);
    assert.equal(code, 0, stderr);
  }
  assert.equal(childrenOf(pid), '');
  process.kill(pid, 'SIGUSR1');
  await running.said(/The access log was opened anew/);
  process.kill(pid, 'SIGTERM');
  await until(
    () => running.child.exitCode !== null || undefined,
    () => 'the end',
  );
  assert.equal(running.child.exitCode, 0);
});

function childrenOf(pid: number): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
}

test('the manual names every command', async (t) => {
  const manual = readFileSync(join(repository, 'packaging/deb/postern.1'), 'utf8').replaceAll('\\-', '-');
  const { stdout } = await run(t, ['--help'], { cwd: folderFor(t) });
  const commands = [...stdout.slice(stdout.indexOf('Commands:')).matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name!);
  assert.ok(commands.length >= 9, stdout);
  assert.deepEqual(
    commands.filter((name) => !new RegExp(`^\\.[A-Z]+ .*\\b${name}\\b`, 'm').test(manual)),
    [],
  );
});
