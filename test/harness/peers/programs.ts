import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

import type { World } from '../proxy-test.ts';
import { patienceMs, until } from '../until.ts';

/** Web servers of Debian are in sbin, which a user's PATH may not name. */
const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];

/** Where a program is; undefined: not installed. */
export function findProgram(name: string): string | undefined {
  return folders.map((folder) => path.join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a program to its end. @returns what it wrote; fails where it ends with an error. */
export async function run(name: string, args: readonly string[]): Promise<Buffer> {
  const options = { encoding: 'buffer', timeout: patienceMs, maxBuffer: 64e6 } as const;
  const { stdout } = await promisify(execFile)(findProgram(name)!, args, options);
  return stdout;
}

/** Starts a server and waits until it takes connections on its port. It ends with the test, by its own pid. */
export async function startServer(world: World, name: string, args: readonly string[], port: number): Promise<void> {
  const child = spawn(findProgram(name)!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => void (output = (output + bytes.toString()).slice(-4000)));
  }
  const ended = new Promise<void>((resolve) => void child.on('close', () => resolve()));
  world.after(async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    await ended;
    clearTimeout(late);
  });
  let listens = false;
  void probe(port, () => child.exitCode !== null).then((found) => (listens = found));
  await until(`${name} on its port`, () => listens || child.exitCode !== null);
  assert.ok(listens, `${name} ended: ${output}`);
}

/** Tries to connect until somebody listens, or until there is no hope. */
async function probe(port: number, hopeless: () => boolean): Promise<boolean> {
  while (!hopeless()) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (connected) return true;
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
  return false;
}
