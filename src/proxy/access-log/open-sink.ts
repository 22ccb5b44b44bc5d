import { constants, type Stats } from 'node:fs';
import { fstat, open as openFd } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { AccessLogPlan } from '../plan.ts';
import { FdSink } from './fd-sink.ts';
import type { Sink } from './sink.ts';
import { SocketSink } from './socket-sink.ts';

const [openNumber, statNumber] = [promisify(openFd), promisify(fstat)];
const { O_APPEND, O_CREAT, O_NONBLOCK, O_RDWR, O_WRONLY } = constants;

/** PIPE_BUF of Linux: a pipe takes so much in one piece or not at all. */
const pipeBytes = 4096;

/** The log names clients: the owner writes, the group reads. */
const fileMode = 0o640;

/**
 * Opens what the plan names. A missing file and its folders are made.
 * @throws {Error} in words, where it cannot be opened.
 */
export function openSink(to: AccessLogPlan['to']): Promise<Sink> {
  return to.kind === 'stdout' ? openStdout() : openFile(to.path);
}

async function openFile(path: string): Promise<Sink> {
  try {
    const known = await stat(path).catch(() => undefined);
    if (known?.isFIFO()) return await openPipe(path);
    if (known === undefined) await mkdir(dirname(path), { recursive: true });
    return new FdSink(await openAppending(path), { pieceBytes: Infinity, owned: true });
  } catch (error) {
    throw new Error(`Cannot open the access log ${path}: ${adviceFor(error)}`, { cause: error });
  }
}

/** Readable as well, so that half a line can be told from another thread's; writable alone will do. */
async function openAppending(path: string): Promise<number> {
  const flags = O_APPEND | O_CREAT | O_NONBLOCK;
  try {
    return await openNumber(path, flags | O_RDWR, fileMode);
  } catch (error) {
    if (codeOf(error) !== 'EACCES') throw error;
    return openNumber(path, flags | O_WRONLY, fileMode);
  }
}

/** Open for reading too, a pipe needs no reader: lines wait for one. */
async function openPipe(path: string): Promise<Sink> {
  return new FdSink(await openNumber(path, O_RDWR | O_NONBLOCK), { pieceBytes: pipeBytes, owned: true });
}

/**
 * Descriptor 1 by its number, since `process.stdout` of a worker thread is not it.
 * A file is written as it is: others share its position (`>log 2>&1`). A pipe or terminal is opened again, because
 * O_NONBLOCK on descriptor 1 would hold for every process that shares it.
 */
async function openStdout(): Promise<Sink> {
  const stats = await statNumber(1).catch((error: unknown) => {
    throw new Error(`Cannot write the access log to standard output: ${adviceFor(error)}`, { cause: error });
  });
  if (stats.isFile()) return new FdSink(1, { pieceBytes: Infinity, owned: false });
  if (stats.isSocket()) return new SocketSink(Infinity);
  try {
    const fd = await openNumber('/proc/self/fd/1', O_WRONLY | O_NONBLOCK | O_APPEND);
    return new FdSink(fd, { pieceBytes: pipeBytes, owned: true });
  } catch {
    return sharedStdout(stats);
  }
}

/** Not to be opened again: no /proc, another user's terminal, a pipe whose reader has gone. */
function sharedStdout(stats: Stats): Sink {
  return stats.isFIFO() ? new SocketSink(pipeBytes) : new FdSink(1, { pieceBytes: pipeBytes, owned: false });
}

const advice: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'this user may not write there, change the rights or the path'],
  ['EPERM', 'this user may not write there, change the rights or the path'],
  ['EISDIR', 'it is a folder, name a file in it'],
  ['ENOTDIR', 'a part of the path is not a folder'],
  ['EEXIST', 'a part of the path is not a folder'],
  ['ENXIO', 'it is a socket, name a file or a pipe'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'the disk is full'],
  ['EMFILE', 'too many files are open, raise the limit (ulimit -n)'],
  ['EBADF', 'it is closed, log to a file'],
]);

function adviceFor(error: unknown): string {
  const code = codeOf(error);
  const known = advice.get(code);
  return known === undefined ? String(error) : `${known} (${code})`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
