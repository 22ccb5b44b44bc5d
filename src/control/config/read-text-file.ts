import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** A file's text, or why there is none: `message` for people, and where in the file it went wrong if that is known. */
export type FileText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string; readonly remedy: string; readonly offset?: Position };

interface Position {
  readonly line: number;
  readonly column: number;
}

/** Reads a whole file; tests hand in their own. */
export type ReadBytes = (path: string) => Promise<Buffer>;

/**
 * Reads a UTF-8 file of at most `maxBytes`, without its byte order mark. Never throws. Only regular files: a pipe or
 * device may never end.
 */
export async function readTextFile(path: string, maxBytes: number, readBytes?: ReadBytes): Promise<FileText> {
  try {
    const bytes = readBytes ? await readBytes(path) : await readBounded(path, maxBytes);
    if (typeof bytes === 'string') return { ok: false, message: bytes, remedy: 'name a regular file' };
    if (bytes.length > maxBytes) return tooLarge(maxBytes);
    return decode(bytes);
  } catch (error) {
    return { ok: false, ...wordsFor(error) };
  }
}

/** @returns the bytes, one more than `maxBytes` where the file is larger; a text if it is not a regular file. */
async function readBounded(path: string, maxBytes: number): Promise<Buffer | string> {
  // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) return 'it is a folder';
    if (!stat.isFile()) return 'it is not a regular file';
    if (stat.size > maxBytes) return Buffer.alloc(maxBytes + 1);
    return await readUpTo(handle, maxBytes + 1);
  } finally {
    await handle.close();
  }
}

/** Files of /proc say 0 bytes and have some, so the stated size is not trusted. */
async function readUpTo(handle: FileHandle, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const chunk = Buffer.alloc(Math.min(65_536, most - length));
    // oxlint-disable-next-line no-await-in-loop -- each read begins where the last one ended
    const { bytesRead } = await handle.read(chunk);
    chunks.push(chunk.subarray(0, bytesRead));
    length += bytesRead;
    if (bytesRead === 0 || length >= most) return Buffer.concat(chunks);
  }
}

function tooLarge(maxBytes: number): FileText {
  const most = maxBytes >= 1_000_000 ? `${maxBytes / 1_000_000} MB` : `${maxBytes / 1000} kB`;
  return { ok: false, message: `it is larger than ${most}`, remedy: 'name a smaller file' };
}

function decode(bytes: Buffer): FileText {
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') {
    return { ok: false, message: 'it is UTF-16', remedy: 'save it as UTF-8', offset: { line: 1, column: 1 } };
  }
  const text = bytes.toString('utf8');
  const wrong = firstWrongByte(bytes, text);
  if (wrong === undefined) return { ok: true, text: text.startsWith('\uFEFF') ? text.slice(1) : text };
  const before = text.slice(0, wrong);
  const line = before.split('\n').length;
  const column = wrong - (before.lastIndexOf('\n') + 1) + 1;
  return { ok: false, message: 'it is not UTF-8 here', remedy: 'save it as UTF-8', offset: { line, column } };
}

/** Index in `text` of the first replacement character that does not stand in `bytes` itself. */
function firstWrongByte(bytes: Buffer, text: string): number | undefined {
  let at = text.indexOf('\uFFFD');
  let checked = 0;
  let offset = 0;
  while (at >= 0) {
    offset += Buffer.byteLength(text.slice(checked, at));
    if (bytes.toString('hex', offset, offset + 3) !== 'efbfbd') return at;
    checked = at;
    at = text.indexOf('\uFFFD', at + 1);
  }
  return undefined;
}

/** Why the system does not give a file, and what to do. */
export function wordsFor(error: unknown): { message: string; remedy: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
      return { message: 'there is no such file', remedy: 'check the path' };
    case 'ENOTDIR':
      return { message: 'a part of its path is not a folder', remedy: 'check the path' };
    case 'EACCES':
    case 'EPERM':
      return { message: 'this user may not read it', remedy: 'change its permissions or owner' };
    case 'EISDIR':
      return { message: 'it is a folder', remedy: 'name a regular file' };
    case 'ELOOP':
      return { message: 'its links go in a circle', remedy: 'check the path' };
    case 'ENXIO':
      return { message: 'it is not a regular file', remedy: 'name a regular file' };
    default:
      return { message: `the system says ${code === '' ? 'no more' : code}`, remedy: 'check the path and the disk' };
  }
}
