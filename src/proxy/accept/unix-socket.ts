import { chmod, link, lstat, mkdtemp, open, rename, rmdir, unlink } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import type { ListenAddress } from '../plan.ts';
import { errorCode, listenError } from './listen-error.ts';
import { listenOnce } from './listen.ts';

type UnixAddress = Extract<ListenAddress, { kind: 'unix' }>;

/** What the kernel takes: sockaddr_un has 108 bytes, one of them for the NUL at the end. */
const maxPathBytes = 107;

export interface UnixOptions {
  /** Takes the path from a socket that somebody answers on: the process before this one. */
  readonly replace?: boolean;
}

/** The socket file that a listener made. */
export interface SocketFile {
  /** Removes it, unless another file has taken its path meanwhile. Rejects with the system's error. */
  remove(): Promise<void>;
}

/**
 * Listens on a unix socket whose file has its mode before anyone can connect: it is made within a folder that only this
 * user may enter, gets its mode there, and is then moved to its path, over a stale socket if there is one. (umask would do
 * the same, but it belongs to the process and threads cannot set it.)
 *
 * @throws {ProxyError} `listen-failed` where a program answers at the path, or something other than a socket is there.
 */
export async function listenUnix(
  server: net.Server,
  address: UnixAddress,
  options: UnixOptions = {},
): Promise<SocketFile> {
  if (Buffer.byteLength(address.path) > maxPathBytes) {
    const bytes = Buffer.byteLength(address.path);
    throw listenError(address, `the path has ${bytes} bytes, a socket's at most ${maxPathBytes}; choose a shorter one`);
  }
  const replace = options.replace === true;
  if (!replace) await refuseTaken(address); // Early, so that most refusals touch nothing.
  const folder = await mkdtemp(path.join(path.dirname(address.path), '.postern-'));
  try {
    return await listenWithin(folder, server, { address, replace });
  } catch (error) {
    server.close(ignore); // Removes the socket file where it was made.
    throw error;
  } finally {
    await rmdir(folder).catch(ignore);
  }
}

/** The file of a socket that the process before this one opened and this one continues. */
export async function adoptUnix(server: net.Server, address: UnixAddress, fd: number): Promise<SocketFile> {
  await listenOnce(server, { fd });
  return await fileAt(address.path, address.path);
}

interface Place {
  readonly address: UnixAddress;
  readonly replace: boolean;
}

async function listenWithin(folder: string, server: net.Server, { address, replace }: Place): Promise<SocketFile> {
  const name = path.basename(address.path);
  const file = path.join(folder, name);
  if (Buffer.byteLength(file) <= maxPathBytes) await listenOnce(server, { path: file });
  else await listenByShortPath(folder, name, server);
  await chmod(file, address.mode);
  const made = await fileAt(file, address.path);
  if (replace) await rename(file, address.path);
  else await publish(file, address);
  return made;
}

/** @param now where the file is at the moment; it is removed from `published`. */
async function fileAt(now: string, published: string): Promise<SocketFile> {
  const made = await lstat(now, { bigint: true });
  return {
    async remove() {
      const found = await lstat(published, { bigint: true }).catch(ignoreMissing);
      if (found?.ino === made.ino && found.dev === made.dev) await unlink(published).catch(ignoreMissing);
    },
  };
}

/** Gives the socket its path: over a stale one, else only if the path is free. */
async function publish(file: string, address: UnixAddress): Promise<void> {
  const taken = await refuseTaken(address);
  if (taken === 'stale') return rename(file, address.path);
  await link(file, address.path); // Unlike rename, it fails if another program was faster.
  await unlink(file).catch(ignore);
}

/** The folder's own name may make a path too long that was not; an open folder has a short one on Linux. */
async function listenByShortPath(folder: string, name: string, server: net.Server): Promise<void> {
  // On close Node unlinks what it bound, when the number may stand for another folder: so a name that nothing else has.
  const unique = path.basename(folder);
  const opened = await open(folder);
  try {
    await listenOnce(server, { path: `/proc/self/fd/${opened.fd}/${unique}` });
    await rename(path.join(folder, unique), path.join(folder, name));
  } finally {
    await opened.close();
  }
}

/** Throws unless the path is free or holds a socket that nobody answers on. */
async function refuseTaken(address: UnixAddress): Promise<'free' | 'stale'> {
  const found = await lstat(address.path).catch(ignoreMissing);
  if (found === undefined) return 'free';
  if (!found.isSocket()) {
    throw listenError(address, 'something that is not a socket is there; move it away or choose another path');
  }
  const code = await connectCode(address.path);
  if (code === 'ECONNREFUSED') return 'stale';
  if (code === 'ENOENT') return 'free';
  if (code === 'EACCES' || code === 'EPERM') {
    throw listenError(address, 'a socket is there that this process may not connect to; remove it if it is not in use');
  }
  const words = 'another program answers there already ("ss -lxp" shows which); stop it or choose another path';
  throw listenError(address, words);
}

/** Error code of an attempt to connect; empty: somebody answers. */
function connectCode(file: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect({ path: file });
    socket.once('connect', () => resolve(''));
    socket.on('error', (error) => resolve(errorCode(error)));
    socket.once('connect', () => socket.destroy());
  });
}

function ignoreMissing(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
  return undefined;
}

function ignore(): void {}
