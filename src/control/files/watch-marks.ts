import { stat } from 'node:fs/promises';

/** What tells that a file is another than before: where it lies, its size and its times, after all links. */
export type FileMark = string;

/** The mark of each file; of one that cannot be looked at, that it cannot. Never rejects. */
export async function marksOf(paths: readonly string[]): Promise<ReadonlyMap<string, FileMark>> {
  const marks = new Map<string, FileMark>();
  for (const path of paths) {
    // oxlint-disable-next-line no-await-in-loop -- thousands at once would take all of the file system's threads
    marks.set(path, await markOf(path));
  }
  return marks;
}

async function markOf(path: string): Promise<FileMark> {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path);
    return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  }
}

/** @param since ms since 1970. False for a file that could not be looked at. */
export function isNewerThan(mark: FileMark, since: number): boolean {
  return Number(mark.split(' ')[4]) > since;
}
