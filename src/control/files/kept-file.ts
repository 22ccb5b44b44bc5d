import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

import { codeOf } from '../code-of.ts';

/** What is expected of a file that Postern keeps for itself. */
export interface KeptFileRules {
  /** What is longer was not written here. */
  readonly mostBytes: number;
  /** Others may not even read it. */
  readonly secret: boolean;
}

/**
 * Reads a file that was written here before.
 * @returns undefined: it is not there.
 * @throws {Error} in words where it is none of ours: others could have changed it, or read it.
 */
export async function readKeptFile(path: string, { mostBytes, secret }: KeptFileRules): Promise<string | undefined> {
  // Neither a pipe that nobody writes to, nor a link that somebody else has put there.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const file = await open(path, flags).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error('it is no file');
    if ((stats.mode & (secret ? 0o077 : 0o022)) !== 0) {
      throw new Error(`others may ${secret ? 'read' : 'write'} it; chmod 600 says that it is right`);
    }
    if (stats.size > mostBytes) throw new Error(`it has more than ${mostBytes} bytes`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/**
 * Writes a new file for Postern's user alone, and waits until the disk has it.
 * @throws the system's error, also where there is one already: it is not written through a link that somebody else has put there.
 */
export async function createKeptFile(path: string, text: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
