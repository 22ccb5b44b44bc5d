/** Started as root, Postern goes on as an ordinary user. These need root, so they are skipped for anybody else. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { origin, script, start, until } from '../cli/command.ts';
import { issue, makeCa } from '../harness/certificates.ts';
import { findProgram } from '../harness/peers/programs.ts';
import { folder, gone, service, type Service } from './service.ts';

const nobody = 65_534;

/** Why these cannot run here; undefined: they can. */
function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root';
  const setpriv = findProgram('setpriv');
  if (setpriv === undefined) return 'not installed: setpriv';
  const asNobody = ['--reuid', String(nobody), '--clear-groups', '--'];
  try {
    execFileSync(setpriv, [...asNobody, 'test', '-r', script]);
    execFileSync(setpriv, [...asNobody, 'test', '-x', process.execPath]);
    return undefined;
  } catch {
    return 'the sources lie in a folder that only root may enter';
  }
}

const why = obstacle();

function rootTest(name: string, check: (t: TestContext) => Promise<void>): void {
  void test(name, why === undefined ? {} : { skip: why }, check);
}

/** A low port of an address that nothing else here uses. */
async function lowAddress(port: number): Promise<string> {
  for (let i = 0; i < 50; i++) {
    const host = `127.${64 + Math.floor(Math.random() * 64)}.${Math.floor(Math.random() * 256)}.7`;
    const server = createServer().listen(port, host);
    const free = await new Promise<boolean>((resolve) => {
      server.once('listening', () => resolve(true)).once('error', () => resolve(false));
    });
    await new Promise((resolve) => void server.close(resolve));
    if (free) return `${host}:${port}`;
  }
  return assert.fail(`port ${port} is taken everywhere`);
}

interface Site {
  readonly postern: Service;
  readonly address: string;
  readonly yaml: (more?: string, listeners?: string) => string;
}

async function dropped(t: TestContext): Promise<Site> {
  const [to, address] = [await origin(t, 'app'), await lowAddress(443)];
  const cwd = folder(t, '');
  const yaml: Site['yaml'] = (more = '', listeners = '') =>
    `listeners:\n  web: { address: "${address}" }\n${listeners}routes:\n  - to: ${to.url}\nuser: nobody\ngrace: 2s\n` +
    `accessLog: { file: logs/access.log, rotate: false }\nadmin: { socket: run/ctl.sock }\n${more}`;
  writeFileSync(join(cwd, 'postern.yaml'), yaml());
  chmodSync(cwd, 0o755);
  chownSync(join(cwd, 'run'), nobody, nobody);
  return { postern: await service(t, cwd), address, yaml };
}

const statusOf = (pid: number, task: string): string => readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');

/** Of all threads, but for those that end meanwhile. */
function statusesOf(pid: number): string[] {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).flatMap((task) => {
    try {
      return [statusOf(pid, task)];
    } catch (error) {
      assert.ok(!existsSync(join(tasks, task)), String(error));
      return [];
    }
  });
}

rootTest('user: nobody makes it nobody in each of its threads, with the right to low ports and no other', async (t) => {
  const { postern, address } = await dropped(t);
  const pid = await postern.pid();
  assert.equal(pid, postern.first.child.pid, 'it is the same process still, for whoever started it');
  const statuses = statusesOf(pid);
  assert.ok(statuses.length > 4);
  for (const status of statuses) {
    assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
    assert.match(status, /^Gid:\t65534\t65534\t65534\t65534$/m);
    assert.match(status, /^Groups:\t(65534 )?$/m);
    assert.match(status, /^CapEff:\t0000000000000400$/m);
    assert.match(status, /^CapBnd:\t0000000000000400$/m);
    assert.match(status, /^NoNewPrivs:\t1$/m);
  }
  assert.equal(await (await fetch(`http://${address}/x`)).text(), 'app /x');
});

rootTest(
  'afterwards, the log is reopened after a rotation, a reload opens another low port, and an upgrade works',
  async (t) => {
    const { postern, address, yaml } = await dropped(t);
    const log = join(postern.cwd, 'logs', 'access.log');
    assert.equal(statSync(log).uid, nobody);
    renameSync(log, `${log}.1`);
    process.kill(await postern.pid(), 'SIGUSR1');
    await until(
      () => existsSync(log) || undefined,
      () => `a new log; ${postern.first.stderr()}`,
    );
    assert.equal(statSync(log).uid, nobody);

    const other = await lowAddress(444);
    postern.write(yaml('', `  other: { address: "${other}" }\n`));
    const reloaded = await postern.command('reload');
    assert.equal(reloaded.code, 0, reloaded.stderr);
    assert.equal(await (await fetch(`http://${other}/y`)).text(), 'app /y');

    const before = await postern.pid();
    const outcome = await postern.command('upgrade');
    assert.equal(outcome.code, 0, outcome.stderr);
    await gone(before);
    assert.equal(await (await fetch(`http://${address}/z`)).text(), 'app /z');
    const after = await postern.pid();
    assert.notEqual(after, before);
    assert.match(statusOf(after, String(after)), /^Uid:\t65534\t/m);
  },
);

rootTest('a key that only root may read is refused by name before anything listens', async (t) => {
  const [to, address] = [await origin(t, 'app'), await lowAddress(443)];
  const cwd = folder(t, '');
  chmodSync(cwd, 0o755);
  const { certFile, keyFile } = await issue(await makeCa(cwd), { names: ['localhost'] });
  chmodSync(keyFile, 0o600);
  const tls = `tls: { certificates: [{ cert: ${certFile}, key: ${keyFile} }] }`;
  writeFileSync(
    join(cwd, 'postern.yaml'),
    `listeners:\n  web: { address: "${address}", ${tls} }\nroutes:\n  - to: ${to.url}\nuser: nobody\n`,
  );
  const { code, stderr } = await start(t, ['run'], { cwd }).ended;
  assert.equal(code, 2);
  assert.match(stderr, /this user may not read it/);
});

rootTest('an unknown user and a log that is a link are refused in words', async (t) => {
  const to = await origin(t, 'app');
  const cwd = folder(t, '');
  const attempt = async (more: string): Promise<string> => {
    const yaml = `listeners:\n  web: { address: "127.0.0.1:0" }\nroutes:\n  - to: ${to.url}\n${more}`;
    writeFileSync(join(cwd, 'postern.yaml'), yaml);
    const { code, stderr } = await start(t, ['run'], { cwd }).ended;
    assert.equal(code, 1);
    return stderr;
  };
  assert.match(await attempt('user: no-such-user\n'), /Cannot find the user no-such-user .*useradd/);
  mkdirSync(join(cwd, 'logs'));
  writeFileSync(join(cwd, 'precious'), '');
  symlinkSync(join(cwd, 'precious'), join(cwd, 'logs', 'access.log'));
  assert.match(await attempt('user: nobody\naccessLog: { file: logs/access.log }\n'), /symbolic link/);
  assert.equal(statSync(join(cwd, 'precious')).uid, 0);
});

rootTest('root without user is warned of', async (t) => {
  const to = await origin(t, 'app');
  const postern = await service(
    t,
    folder(t, `listeners:\n  web: { address: "127.0.0.1:0" }\nroutes:\n  - to: ${to.url}\n`),
  );
  await postern.first.said(/Running as root: .*user: postern/);
});
