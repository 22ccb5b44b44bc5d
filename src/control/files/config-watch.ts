import { dirname, resolve } from 'node:path';

import type { Clock } from '../../core/clock.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import { FileWatch, type FileWatchTimes } from './watch-files.ts';

export interface ConfigWatchOptions {
  /** The config's file. */
  readonly file: string;
  readonly clock: Clock;
  /** Never rejects. What is wrong has been told. */
  readonly reload: () => Promise<unknown>;
  readonly times?: FileWatchTimes;
}

/** Reloads when the config, or a file that it names, has changed: where it asks for that. */
export class ConfigWatch {
  readonly #file: string;
  readonly #watch: FileWatch;

  constructor({ file, clock, reload, times }: ConfigWatchOptions) {
    this.#file = resolve(file);
    const onChange = async (): Promise<'taken'> => {
      await reload();
      return 'taken'; // A mistake waits for its correction, which is another change.
    };
    this.#watch = new FileWatch({ clock, onChange, ...(times && { times }) });
  }

  /** From now on these are its files. */
  follow({ watch, secretFiles, files }: Pick<LoadedConfig, 'watch' | 'secretFiles' | 'files'>): void {
    const all = [this.#file, ...secretFiles, ...files];
    // Folders too: a new file of one that is included is a change of the folder.
    const folders = files.filter((file) => /\.(ya?ml|json)$/.test(file)).map((file) => dirname(file));
    void this.#watch.follow(watch ? [...new Set([...all, ...folders])] : []);
  }

  stop(): void {
    this.#watch.stop();
  }
}
