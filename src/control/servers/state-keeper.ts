import { rename } from 'node:fs/promises';

import type { Logger } from '../../core/log.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import { messageOf } from '../message-of.ts';
import { OneAtATime } from '../one-at-a-time.ts';
import type { RuntimeState } from './runtime-change.ts';
import { readChanges, writeChanges } from './state-file.ts';

/** Where changes are kept of a Postern that has no place for them. */
const nowhere = 'Postern has no folder for what outlives it; "state" in the config may name one';

const nothing: RuntimeState = { changes: [], splits: [] };

/** Keeps changes at run time in a file, and moves it where the config says. */
export class StateKeeper {
  readonly #log: Logger;
  /** Undefined: there is no place for it. */
  readonly #fileOf: (config: LoadedConfig) => string | undefined;
  readonly #turns = new OneAtATime();
  #file: string | undefined;
  /** What the file says; undefined: what nobody here can read. */
  #written: string | undefined = JSON.stringify(nothing);

  constructor(log: Logger, fileOf: (config: LoadedConfig) => string | undefined) {
    this.#log = log;
    this.#fileOf = fileOf;
  }

  /** What was kept. Never rejects: what cannot be read is told of, and put aside when something is written. */
  async read(config: LoadedConfig): Promise<RuntimeState> {
    this.#file = this.#fileOf(config);
    if (this.#file === undefined) return nothing;
    try {
      const state = await readChanges(this.#file);
      this.#written = JSON.stringify(state);
      const count = state.changes.length + state.splits.length;
      if (count > 0) {
        const how = '"postern server diff" shows them, "postern server reset" ends them';
        this.#log.info(`${count} changes at run time go on as they are kept in ${this.#file}: ${how}`);
      }
      return state;
    } catch (error) {
      this.#written = undefined;
      this.#log.error(`${messageOf(error)}. Going on without them`);
      return nothing;
    }
  }

  /** A config is in force: the file is where it says, and says this. Never rejects. */
  async follow(config: LoadedConfig, state: RuntimeState): Promise<void> {
    const moved = this.#fileOf(config) !== this.#file;
    if (moved) this.#written = ''; // What is there is of another time.
    if (this.#written === undefined) return; // Nothing was said since: it stays for somebody who can read it.
    const lost = await this.write(config, state);
    if (lost !== undefined && state.changes.length + state.splits.length > 0) this.#log.warn(lost);
  }

  /** @returns why that cannot be. Never rejects. */
  async write(config: LoadedConfig, state: RuntimeState): Promise<string | undefined> {
    return await this.#turns.run(async () => {
      const file = this.#fileOf(config);
      if (file === undefined) return nowhere;
      const text = JSON.stringify(state);
      this.#file = file;
      if (text === this.#written) return undefined;
      try {
        if (this.#written === undefined) await this.#putAside(file);
        await writeChanges(file, state);
        this.#written = text;
        return undefined;
      } catch (error) {
        return messageOf(error);
      }
    });
  }

  async #putAside(file: string): Promise<void> {
    await rename(file, `${file}.refused`);
    this.#log.warn(`What could not be read is in ${file}.refused now`);
  }
}
