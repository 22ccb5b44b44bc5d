import { accessSync, constants, readFileSync } from 'node:fs';

import type { Account } from './accounts.ts';

const places: readonly string[] = ['/usr/bin/setpriv', '/bin/setpriv', '/usr/local/bin/setpriv'];

/** Numbers of capabilities, as linux/capability.h has them. */
const capSetPcap = 8;
const capNetBindService = 10;

/** What util-linux' `setpriv` is given to start a command as somebody else; without the command. */
export function setprivArgs({ uid, gid, name }: Account, capabilities: bigint): readonly string[] {
  const has = (bit: number): boolean => ((capabilities >> BigInt(bit)) & 1n) === 1n;
  // Ports below 1024 stay allowed: a reload may open one, and a data thread that takes another's place must.
  const kept = has(capNetBindService) ? '-all,+net_bind_service' : '-all';
  return [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    name === undefined ? '--clear-groups' : '--init-groups',
    '--no-new-privs',
    `--inh-caps=${kept}`,
    `--ambient-caps=${kept}`,
    ...(has(capSetPcap) ? [`--bounding-set=${kept}`] : []),
  ];
}

/** Where `setpriv` is. @throws {Error} that says what to do without it. */
export function findSetpriv(): string {
  const found = places.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found !== undefined) return found;
  throw new Error(
    'Cannot become another user: there is no program setpriv; install util-linux, or start Postern as that user ' +
      '(User= in a systemd unit, USER in a container)',
  );
}

/** What this process may do at most. */
export function ownCapabilities(status: string = readFileSync('/proc/self/status', 'utf8')): bigint {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return BigInt(`0x${effective}`) & BigInt(`0x${bounding}`);
}
