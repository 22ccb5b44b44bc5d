/** A Postern as a service manager has it: its successors are not children of the test, so they are found by the control socket. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { callAdmin } from '../../src/control/admin/admin-client.ts';
import { run, start, until, type Outcome, type Running } from '../cli/command.ts';

export interface ServiceOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

export interface Service {
  readonly cwd: string;
  readonly socket: string;
  readonly first: Running;
  write(yaml: string): void;
  /** Process that answers on the control socket. */
  pid(): Promise<number>;
  command(...args: readonly string[]): Promise<Outcome>;
}

/** A folder with a config, in which a service can be started. When the test is over, whoever is that service ends first. */
export function folder(t: TestContext, yaml: string): string {
  const cwd = mkdtempSync(join(tmpdir(), 'postern-service-'));
  t.after(async () => {
    await endAt(join(cwd, 'run', 'ctl.sock'));
    rmSync(cwd, { recursive: true, force: true });
  });
  mkdirSync(join(cwd, 'run'));
  writeFileSync(join(cwd, 'postern.yaml'), yaml);
  return cwd;
}

/** Starts it. */
export async function service(t: TestContext, cwd: string, options: ServiceOptions = {}): Promise<Service> {
  const socket = join(cwd, 'run', 'ctl.sock');
  const command = { cwd, env: options.env ?? {} };
  const first = start(t, ['run', '--socket', socket, ...(options.args ?? [])], command);
  await first.said(/The access log goes|No access log/);
  return {
    cwd,
    socket,
    first,
    write: (yaml) => writeFileSync(join(cwd, 'postern.yaml'), yaml),
    pid: () => pidAt(socket),
    command: (...args) => run(t, [...args, '--socket', socket], { cwd }),
  };
}

export async function pidAt(socket: string): Promise<number> {
  const { body } = await callAdmin(socket, { method: 'GET', path: '/api/v1/status', timeoutMs: 5000 });
  return (body as { pid: number }).pid;
}

/** Ends the one that answers there, and waits until it is gone. */
async function endAt(socket: string): Promise<void> {
  const pid = await pidAt(socket).catch(() => undefined);
  if (pid === undefined) return;
  process.kill(pid, 'SIGKILL');
  await gone(pid);
}

export async function gone(pid: number): Promise<void> {
  await until(
    () => (isThere(pid) ? undefined : true),
    () => `the end of process ${pid}`,
  );
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
