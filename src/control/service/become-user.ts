import { dirname } from 'node:path';

import type { Logger } from '../../core/log.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import { findAccount, type Account } from './accounts.ts';
import { giveFolder, giveLog } from './give-files.ts';
import { findSetpriv, ownCapabilities, setprivArgs } from './set-privileges.ts';

/** The part of Node's process that this needs; a stand-in for tests. */
export interface Identity {
  readonly getuid?: () => number;
  readonly geteuid?: () => number;
  readonly getegid?: () => number;
  readonly execve?: (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never;
}

export interface BecomeUserEnv {
  readonly log: Logger;
  /** The sockets of another process are waiting: they would be lost with this program. */
  readonly takesOver: boolean;
  /** What is to be done while this program is still there, such as writing its last messages. */
  readonly beforeExec: () => void;
  readonly self?: Identity;
}

/**
 * Makes the process the user that the config names, before anything listens. Returns where it is that user already, or no user
 * is named; otherwise the same command begins anew in the same process, as that user, with the right to use ports below
 * 1024 and no other (`setpriv`), so that nothing of root's is left in its memory, threads or open files.
 *
 * @throws {Error} in words. The process must not go on then: it may be half of what was asked for.
 */
export function becomeUser(config: LoadedConfig, env: BecomeUserEnv): void {
  const self = env.self ?? process;
  const uid = self.getuid?.();
  if (uid === undefined) return;
  const { user, group } = config.identity;
  if (user === undefined) {
    if (uid === 0) env.log.warn(rootWarning);
    return;
  }
  const account = findAccount(user, group);
  if (uid !== 0) return verify(account, user, self);
  if (account.uid === 0) return env.log.warn(rootWarning);
  if (env.takesOver) {
    throw new Error(
      `Cannot become the user ${user} while taking over from a process that runs as root; restart Postern`,
    );
  }
  const setpriv = findSetpriv();
  prepare(config, account);
  env.log.info(`Going on as the user ${user}`);
  env.beforeExec();
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  self.execve?.(setpriv, ['setpriv', ...setprivArgs(account, ownCapabilities()), '--', ...command], process.env);
  throw new Error('Cannot become another user: this Node has no process.execve; use Node 24 or newer');
}

const rootWarning =
  'Running as root: whoever finds a hole in it has the whole machine. Add "user: postern" to the config, ' +
  'or start it as that user ("postern install systemd" makes such a unit)';

/** What was asked for is what it is: the same user by both of its numbers, and the group. */
function verify(account: Account, user: string, self: Identity): void {
  const [uid, euid, egid] = [self.getuid?.(), self.geteuid?.(), self.getegid?.()];
  if (uid !== account.uid || euid !== account.uid) {
    throw new Error(
      `Cannot become the user ${user}: only root can, and this process has the number ${uid}; ` +
        'start it as root or as that user, or leave out "user"',
    );
  }
  if (egid === account.gid) return;
  throw new Error(
    `Cannot have the group ${account.gid} of the user ${user}: this process has ${egid}; ` +
      'start it as root or with that group, or set "group" to what it has',
  );
}

/** What the user could not make for itself; folders that are there already stay whose they are. */
function prepare({ admin, plan }: LoadedConfig, account: Account): void {
  giveFolder(dirname(admin.socket), account);
  const to = plan.accessLog?.to;
  if (to?.kind !== 'file') return;
  giveFolder(dirname(to.path), account);
  giveLog(to.path, account);
}
