import { chmod, lstat, lutimes, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Gives every file below a folder, and the folder, one time and one of two modes (0755: folders and what may be executed;
 * 0644: all else), so that the same sources make the same package whoever packs them.
 *
 * @param epoch in s since 1970.
 */
export async function tidy(folder: string, epoch: number): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink()) await chmod(path, await modeOf(path));
    await lutimes(path, epoch, epoch);
  }
  await chmod(folder, 0o755);
  await lutimes(folder, epoch, epoch);
}

async function modeOf(path: string): Promise<number> {
  const stats = await lstat(path);
  return stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644;
}
