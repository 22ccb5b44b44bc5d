import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';

/** Each takes one of the system's watches; what is beyond is seen by looking now and then. */
const mostFolders = 64;

/**
 * Tells when something happens in the folders of some files. A file itself would not do: renewals put another in its place, and
 * Kubernetes turns a link beside it. Where the system cannot watch, nothing is told.
 */
export class FolderWatch {
  readonly #onEvent: () => void;
  readonly #watchers = new Map<string, FSWatcher>();

  /** @param onEvent called for anything in these folders, often more than once. */
  constructor(onEvent: () => void) {
    this.#onEvent = onEvent;
  }

  /** From now on the folders of these files are watched and no others. Never throws. */
  follow(files: readonly string[]): void {
    const wanted = new Set([...new Set(files.map((file) => dirname(file)))].slice(0, mostFolders));
    for (const folder of this.#watchers.keys()) if (!wanted.has(folder)) this.#close(folder);
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#open(folder);
  }

  stop(): void {
    for (const folder of this.#watchers.keys()) this.#close(folder);
  }

  #open(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false });
      this.#watchers.set(folder, watcher);
      watcher.on('change', this.#onEvent);
      watcher.on('error', () => this.#close(folder));
    } catch {
      // No such folder, or no watches left: the look now and then remains.
    }
  }

  #close(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}
