import { readFileSync } from 'node:fs';

/** A user that the process can become. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** As the system knows it, for its other groups; undefined: only its number is known. */
  readonly name: string | undefined;
}

/** Reads a file of the system such as /etc/passwd. */
export type ReadSystemFile = (path: string) => string;

const readSystemFile: ReadSystemFile = (path) => readFileSync(path, 'utf8');

/**
 * Finds a user and a group by name or number in /etc/passwd and /etc/group. Names that only another directory (LDAP) knows are
 * to be written as numbers.
 *
 * @param group default: the user's own.
 * @throws {Error} in words that say what to do.
 */
export function findAccount(user: string, group: string | undefined, read: ReadSystemFile = readSystemFile): Account {
  const entry = rowsOf('/etc/passwd', read).find(([name, , uid]) => name === user || uid === user);
  const uid = numberOf(entry?.[2] ?? user);
  if (uid === undefined) {
    throw new Error(
      `Cannot find the user ${user} in /etc/passwd; make it with ` +
        `"useradd --system --user-group --no-create-home --shell /usr/sbin/nologin ${user}", or write its number`,
    );
  }
  const gid = group === undefined ? numberOf(entry?.[3] ?? '') : findGroup(group, read);
  if (gid === undefined) throw new Error(`Cannot tell the group of user ${user}; add "group" to the config`);
  return { uid, gid, name: entry?.[0] };
}

function findGroup(group: string, read: ReadSystemFile): number {
  const entry = rowsOf('/etc/group', read).find(([name, , gid]) => name === group || gid === group);
  const gid = numberOf(entry?.[2] ?? group);
  if (gid !== undefined) return gid;
  throw new Error(
    `Cannot find the group ${group} in /etc/group; make it with "groupadd --system ${group}", or write its number`,
  );
}

function rowsOf(path: string, read: ReadSystemFile): readonly string[][] {
  try {
    return read(path)
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    return []; // Small containers have none: numbers do.
  }
}

/** 4294967295 means "leave it as it is" to the kernel. */
function numberOf(text: string): number | undefined {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : undefined;
  return number !== undefined && number < 0xffff_ffff ? number : undefined;
}
