import { lstat, mkdir, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';

import { ProxyError } from '../../core/errors.ts';
import { codeOf } from '../code-of.ts';
import { messageOf } from '../message-of.ts';

/** Longest path that the kernel takes for a unix socket (sun_path without its final NUL). */
const maxPathBytes = 107;

/** How long the process behind an existing socket may take to accept, in ms; one that is merely busy counts as alive. */
const probeMs = 1000;

/** Why the control socket cannot be opened. `taken`: another process answers on it. */
export class ControlSocketError extends ProxyError {
  readonly taken: boolean;

  constructor(message: string, taken: boolean, options?: ErrorOptions) {
    super('listen-failed', message, options);
    this.name = 'ControlSocketError';
    this.taken = taken;
  }
}

/**
 * Lets the server listen on a unix socket that only its owner may use (mode 0600). Makes the folder if it is missing
 * (mode 0700), and takes the place of a socket that a dead process left behind.
 * @throws {ControlSocketError} in words.
 */
export async function listenOnControlSocket(server: Server, path: string): Promise<void> {
  const bytes = Buffer.byteLength(path);
  if (bytes > maxPathBytes)
    throw refusal(path, `its path has ${bytes} bytes, a unix socket's may have ${maxPathBytes}`);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (await listen(server, path)) return;
    await removeStale(path);
    if (await listen(server, path)) return;
  } catch (error) {
    throw error instanceof ControlSocketError ? error : refusal(path, reasonOf(error), error);
  }
  throw refusal(path, 'another process took it in this moment, try again');
}

/** @returns false where something is at this path already. */
async function listen(server: Server, path: string): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const onError = (error: NodeJS.ErrnoException): void =>
    error.code === 'EADDRINUSE' ? resolve(false) : reject(error);
  server.once('error', onError);
  // The kernel makes the socket within this call, so it never has wider rights, not for a moment.
  const before = process.umask(0o177);
  try {
    server.listen(path, () => resolve(true));
  } finally {
    process.umask(before);
  }
  try {
    return await promise;
  } finally {
    server.off('error', onError);
  }
}

/** Removes the socket of a process that has gone. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path);
  if (!found.isSocket()) throw refusal(path, 'there is something else than a socket in its place; name another path');
  if (await isAlive(path)) {
    throw new ControlSocketError(
      `Cannot open the control socket ${path}: Postern is already running with it; stop that one, or name another with --socket`,
      true,
    );
  }
  await unlink(path);
}

/** Somebody accepts on this socket, or is too busy to. */
async function isAlive(path: string): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const probe = connect(path);
  const busy = setTimeout(() => resolve(true), probeMs);
  probe.once('connect', () => resolve(true));
  probe.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
    else if (error.code === 'EAGAIN') resolve(true);
    else reject(error);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(busy);
    probe.destroy();
  }
}

function refusal(path: string, reason: string, cause?: unknown): ControlSocketError {
  return new ControlSocketError(`Cannot open the control socket ${path}: ${reason}`, false, { cause });
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not write there; name another path with --socket';
  if (code === 'EROFS') return 'its file system is read-only; name another path with --socket';
  if (code === 'ENOTDIR' || code === 'EEXIST') return 'a part of its path is a file, not a folder';
  return messageOf(error);
}
