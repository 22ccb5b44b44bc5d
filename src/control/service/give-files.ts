import { chownSync, closeSync, constants, fchownSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

import { codeOf } from '../code-of.ts';
import { messageOf } from '../message-of.ts';
import type { Account } from './accounts.ts';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;

/** Makes a folder for this user, where there is none yet. One that is there stays as it is. @throws {Error} in words. */
export function giveFolder(path: string, { uid, gid }: Account): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    mkdirSync(path, { mode: 0o750 });
    chownSync(path, uid, gid);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST')
      throw new Error(`Cannot make the folder ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Makes a log that this user may write, and gives it one that root's earlier run has made.
 *
 * The folder may be the user's own, and whoever has got hold of that user could have put a link to any file of the system
 * in the log's place: so links are not followed, and a file with a second name is left alone.
 * @throws {Error} in words.
 */
export function giveLog(path: string, { uid, gid }: Account): void {
  let fd: number;
  try {
    fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o640);
  } catch (error) {
    if (codeOf(error) === 'ENXIO') return; // A pipe that nobody reads yet is somebody else's.
    const why = codeOf(error) === 'ELOOP' ? 'it is a symbolic link; name the file itself' : messageOf(error);
    throw new Error(`Cannot prepare the access log ${path}: ${why}`, { cause: error });
  }
  try {
    const found = fstatSync(fd);
    if (found.isFile() && found.nlink === 1 && found.uid === 0) fchownSync(fd, uid, gid);
  } finally {
    closeSync(fd);
  }
}
