import fs from 'node:fs';
import { promisify } from 'node:util';

const realpath = promisify(fs.realpath.native);
const open = promisify(fs.open);
const fstat = promisify(fs.fstat);

/** A regular file below a folder, open; whoever gets it closes it. */
export interface OpenFile {
  readonly kind: 'file';
  readonly fd: number;
  readonly size: number;
  /** Milliseconds since 1970, with fractions. */
  readonly modifiedMs: number;
}

export type Found = OpenFile | { readonly kind: 'folder' } | { readonly kind: 'none' };

const none: Found = { kind: 'none' };

/** What a name can be that is not there. */
const absent: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ENAMETOOLONG',
  'ELOOP',
  'EACCES',
  'EPERM',
  'EINVAL',
]);

/**
 * Opens the file that `names` lead to. Links are followed as long as they stay below the folder.
 *
 * @throws what the system says where the fault is ours: no descriptors, a broken disk.
 */
export async function findFile(folder: string, names: readonly string[]): Promise<Found> {
  try {
    // Each time anew: a folder may be a link that is put over to the next version of a site.
    const root = await realpath(folder);
    const path = await realpath([root, ...names].join('/'));
    if (path !== root && !path.startsWith(root === '/' ? root : `${root}/`)) return none;
    return await openReal(path);
  } catch (error) {
    if (absent.has(codeOf(error))) return none;
    throw error;
  }
}

/** @param path without links. O_NONBLOCK: to open a pipe that nobody writes to would wait for ever. */
async function openReal(path: string): Promise<Found> {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
  const fd = await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  try {
    const stats = await fstat(fd);
    if (stats.isFile()) return { kind: 'file', fd, size: stats.size, modifiedMs: stats.mtimeMs };
    closeFile(fd);
    return stats.isDirectory() ? { kind: 'folder' } : none;
  } catch (error) {
    closeFile(fd);
    throw error;
  }
}

export function closeFile(fd: number): void {
  fs.close(fd, () => undefined);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/**
 * The names that a path consists of, decoded; the last is empty for a folder. Undefined for a path that can be no file's
 * here: names that begin with a dot (but for `.well-known`), that hold a separator or a control character, or are empty.
 *
 * @param path normalised.
 */
export function namesOf(path: string): string[] | undefined {
  if (!path.startsWith('/')) return undefined;
  const names = path.slice(1).split('/');
  for (const [i, encoded] of names.entries()) {
    const name = decoded(encoded);
    if (name === undefined || (name === '' && i < names.length - 1) || !isPlain(name)) return undefined;
    names[i] = name;
  }
  return names;
}

function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

function isPlain(name: string): boolean {
  if (name.startsWith('.') && name !== '.well-known') return false;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code < 0x20 || code === 0x7f || code === 0x2f || code === 0x5c) return false;
  }
  return true;
}
