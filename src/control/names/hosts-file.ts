import { readFile, stat } from 'node:fs/promises';

import { codeOf } from '../code-of.ts';
import { messageOf } from '../message-of.ts';
import { parseHosts, type HostsTable } from './parse-hosts.ts';

/** A hosts file larger than this is not read: it is something else. */
const maxBytes = 4 * 1024 * 1024;

/** The hosts file of the machine, read again when it changed. */
export class HostsFile {
  readonly #path: string;
  #version = '';
  #table: HostsTable = new Map();

  constructor(path: string) {
    this.#path = path;
  }

  /** @param name lower case, without a final dot. */
  lookup(name: string): readonly string[] | undefined {
    return this.#table.get(name);
  }

  /**
   * Looks whether the file changed, and reads it if so. A file that is missing is an empty one.
   * @returns true if there is a new table.
   * @throws {Error} in words where it is there but cannot be read; the table stays as it was.
   */
  async refresh(): Promise<boolean> {
    const version = await this.#versionNow();
    if (version === this.#version) return false;
    this.#table = version === '' ? new Map() : parseHosts(await this.#read());
    this.#version = version;
    return true;
  }

  /** Empty where there is no file. The inode tells a file that was put in another's place within one tick of the clock. */
  async #versionNow(): Promise<string> {
    try {
      const { mtimeMs, ctimeMs, size, ino } = await stat(this.#path);
      if (size > maxBytes) throw new Error(`it has ${size} bytes, the limit is ${maxBytes}`);
      return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return '';
      throw new Error(`Cannot read the hosts file ${this.#path}: ${messageOf(error)}`, { cause: error });
    }
  }

  async #read(): Promise<string> {
    try {
      return await readFile(this.#path, 'latin1');
    } catch (error) {
      throw new Error(`Cannot read the hosts file ${this.#path}: ${messageOf(error)}`, { cause: error });
    }
  }
}
