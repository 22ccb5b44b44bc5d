/** Commands in a root of their own. */
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import type { CommandOptions } from '../../cli/command.ts';
import { rootEnvironment } from './debian-root.ts';

/** Only root may change the root, and not in every container. @returns false where the test is skipped for that. */
export function mayInstall(t: TestContext): boolean {
  if (isAllowed('--mount')) return true;
  t.skip('only root can install, where it may mount');
  return false;
}

/** True where we are root and may make such namespaces: options of unshare. */
export function isAllowed(...namespaces: readonly string[]): boolean {
  try {
    execFileSync('unshare', [...namespaces, 'true'], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

/** With a /proc, which goes away with the process. All are one process after the other: signals reach the last one. */
const inRoot = 'mount -t proc proc "$0/proc" && exec chroot "$@"';

/** @param user numbers, with a colon. */
export function within(root: string, user: string, cwd: string): CommandOptions {
  mkdirSync(join(root, 'proc'), { recursive: true });
  const none = { RUNTIME_DIRECTORY: '', XDG_RUNTIME_DIR: '', NODE_EXTRA_CA_CERTS: '' };
  const env = { ...rootEnvironment, ...none, NODE_DISABLE_COMPILE_CACHE: '1' };
  const nodeArgs = ['--mount', '/bin/sh', '-c', inRoot, root, `--userspec=${user}`, root];
  return { cwd, node: 'unshare', nodeArgs, env };
}

/** The installed program as the user of the service, with the folder that systemd would make for it. */
export function asService(root: string, cwd: string): CommandOptions {
  const [, , uid, gid] = /^postern:.*$/m.exec(readFileSync(join(root, 'etc/passwd'), 'utf8'))![0].split(':');
  mkdirSync(join(root, 'run/postern'), { mode: 0o700 });
  chownSync(join(root, 'run/postern'), Number(uid), Number(gid));
  return { ...within(root, `${uid}:${gid}`, cwd), script: '/usr/bin/postern' };
}
