/** The real logrotate, by the settings of the packages, while requests come: every one of them has its line, once. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';

import { addressOf, endsWell, folderFor, origin, type Running, start, until } from '../cli/command.ts';
import { configOf } from '../cli/site.ts';
import { findProgram } from '../harness/peers/programs.ts';
import { needing } from '../harness/peers/needing.ts';
import { repository } from './packages/build.ts';

const rotations = 4;
const clients = 4;

const logrotate = needing('logrotate', 'gzip');

logrotate.test('logrotate loses no line of the access log, and none is there twice', async (t) => {
  await rotateUnderTraffic(t, 'rotate: false');
});

logrotate.test('likewise where Postern also rotates by itself', async (t) => {
  await rotateUnderTraffic(t, 'rotate: { size: 20kB, keep: 1000 }', async (logs) => {
    await until(
      () => readdirSync(logs).some((name) => /^access\.log-\d{8}-/.test(name)) || undefined,
      () => 'a file that Postern rotated',
    );
  });
});

/** @param besides waits for something while requests come. */
async function rotateUnderTraffic(
  t: TestContext,
  rotate: string,
  besides: (logs: string) => Promise<void> = async () => {},
): Promise<void> {
  const cwd = folderFor(t);
  const logs = join(cwd, 'logs');
  mkdirSync(logs, { mode: 0o750 });
  const one = await origin(t, 'one');
  writeFileSync(join(cwd, 'postern.yaml'), configOf(one.url, `accessLog:\n  file: logs/access.log\n  ${rotate}\n`));
  const running = start(t, ['run'], { cwd });
  const traffic = new Traffic(await addressOf(running));
  for (let i = 1; i <= rotations; i++) {
    await traffic.more();
    // An empty one is not rotated, nor one that Postern itself has just moved away.
    await until(
      () => runLogrotate(cwd, running),
      () => 'a rotation by logrotate',
    );
    await until(
      () => running.stderr().split('The access log was opened anew').length > i,
      () => `${i} rotations in:\n${running.stderr()}`,
    );
  }
  await besides(logs);
  await traffic.more();
  const sent = await traffic.stop();
  running.child.kill('SIGTERM');
  await endsWell(running);
  const names = readdirSync(logs);
  assert.deepEqual(
    ['access.log', 'access.log.1', 'access.log.2.gz'].filter((name) => !names.includes(name)),
    [],
  );
  assert.deepEqual(pathsIn(logs).toSorted(), sent.toSorted());
}

/** The settings of the packages, for these files, and with a systemctl of ours. @returns false where it has rotated nothing. */
function runLogrotate(cwd: string, running: Running): boolean {
  const sign = join(cwd, 'asked');
  rmSync(sign, { force: true });
  const settings = readFileSync(join(repository, 'packaging/deb/postern.logrotate'), 'utf8')
    .replace('/var/log/postern/', `${cwd}/logs/`)
    .replace(
      'su postern postern',
      `su ${userInfo().username} ${execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()}`,
    )
    .replace('/run/systemd/system', cwd);
  assert.ok(settings.includes(`${cwd}/logs/*.log {`));
  writeFileSync(join(cwd, 'logrotate.conf'), settings, { mode: 0o644 });
  mkdirSync(join(cwd, 'bin'), { recursive: true });
  writeFileSync(join(cwd, 'bin', 'systemctl'), `#!/bin/sh\n: >${sign}\nkill -USR1 ${running.child.pid}\n`, {
    mode: 0o755,
  });
  execFileSync(findProgram('logrotate')!, ['-f', '-s', join(cwd, 'state'), join(cwd, 'logrotate.conf')], {
    env: { ...process.env, PATH: `${join(cwd, 'bin')}:${process.env['PATH'] ?? ''}` },
    stdio: 'pipe',
  });
  return existsSync(sign);
}

/** Requests without end, one after the other on each of a few connections, each with a path of its own. */
class Traffic {
  readonly #url: string;
  readonly #agent: Agent = new Agent({ keepAlive: true, maxSockets: clients });
  readonly #sent: string[] = [];
  readonly #loops: Promise<void>[];
  #stopped = false;

  constructor(url: string) {
    this.#url = url;
    this.#loops = Array.from({ length: clients }, () => this.#loop());
  }

  /** Resolves when a hundred more have been answered. */
  async more(): Promise<void> {
    const goal = this.#sent.length + 100;
    await until(
      () => this.#sent.length >= goal,
      () => 'a hundred answers',
    );
  }

  /** @returns the paths of all that were answered. */
  async stop(): Promise<readonly string[]> {
    this.#stopped = true;
    await Promise.all(this.#loops);
    this.#agent.destroy();
    return this.#sent;
  }

  async #loop(): Promise<void> {
    let next = this.#sent.length;
    const own = Math.random().toString(36).slice(2);
    while (!this.#stopped) {
      const path = `/${own}-${next++}`;
      await this.#ask(path);
      this.#sent.push(path);
    }
  }

  async #ask(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      get(`${this.#url}${path}`, { agent: this.#agent }, (answer) => {
        answer.resume().on('end', resolve).on('error', reject);
      }).on('error', reject);
    });
  }
}

function pathsIn(logs: string): string[] {
  const paths: string[] = [];
  for (const name of readdirSync(logs)) {
    const bytes = readFileSync(join(logs, name));
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    for (const line of text.split('\n').filter((each) => each !== ''))
      paths.push((JSON.parse(line) as { path: string }).path);
  }
  return paths;
}
