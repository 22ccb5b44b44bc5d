import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface FileFacts {
  /** From the top, without a slash in front. */
  readonly path: string;
  readonly md5: string;
  /** Bytes. */
  readonly size: number;
}

/** The regular files below a folder, by name, but for those in some folders at its top. */
export async function filesBelow(root: string, without: readonly string[]): Promise<FileFacts[]> {
  const facts: FileFacts[] = [];
  for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(root, file);
    if (!entry.isFile() || without.includes(path.split('/')[0]!)) continue;
    const bytes = await readFile(file);
    facts.push({ path, md5: createHash('md5').update(bytes).digest('hex'), size: bytes.length });
  }
  return facts.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** What dpkg shows as the size of a package, in kB: each file takes whole ones. */
export function kilobytes(files: readonly FileFacts[]): number {
  return files.reduce((sum, { size }) => sum + Math.ceil(size / 1024), 0);
}

/** Without a name or time in it. */
export function gzipped(bytes: Buffer): Buffer {
  return gzipSync(bytes, { level: 9 });
}
