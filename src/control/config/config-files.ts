import { accessSync, closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';

import type { ConfigPath } from './config-problem.ts';
import { wordsFor } from './read-text-file.ts';
import type { Problems } from './source.ts';

/** A file that the config names: what it holds, and what the system says of it. */
export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  readonly bytes: Buffer;
  readonly stats: Stats;
}

/** Who asks for a file, for messages: what it is to hold, and the key that names it. */
export interface FileRequest {
  /** `the certificate`. */
  readonly what: string;
  readonly key: ConfigPath;
  readonly maxBytes: number;
}

/**
 * The files that a config names besides itself: certificates, lists, passwords, pages. Each is read once a load, and
 * remembered: a change of one of them is a change of what runs.
 */
export class ConfigFiles {
  readonly #folder: string;
  readonly #problems: Problems;
  readonly #read = new Map<string, ConfigFile | Fault>();
  readonly #folders = new Set<string>();

  /** @param folder relative paths start there. */
  constructor(folder: string, problems: Problems) {
    this.#folder = folder;
    this.#problems = problems;
  }

  /** Absolute paths of all files that were asked for. */
  get paths(): readonly string[] {
    return [...this.#read.keys()];
  }

  /** The same, with the folders. */
  get places(): readonly string[] {
    return [...new Set([...this.#read.keys(), ...this.#folders])];
  }

  /** The file; undefined: it cannot be read, and a problem says why. Blocks: configs are loaded in a thread of their own. */
  read(name: string, request: FileRequest): ConfigFile | undefined {
    const path = resolve(this.#folder, name);
    const file = this.#read.get(path) ?? readNow(path, request.maxBytes);
    this.#read.set(path, file);
    if (!('remedy' in file)) return file;
    const { what, key } = request;
    // Each who asks is told: what needs the file cannot go on without it.
    this.#lacking(`Cannot read ${what} ${this.#problems.show(key, name)}`, key, file);
    return undefined;
  }

  /** The absolute path of a folder; undefined: there is none, and a problem says so. What is in it is not looked at. */
  folder(name: string, { what, key }: Pick<FileRequest, 'what' | 'key'>): string | undefined {
    const path = resolve(this.#folder, name);
    this.#folders.add(path);
    const fault = folderAt(path);
    if (fault === undefined) return path;
    this.#lacking(`Cannot use ${what} ${this.#problems.show(key, name)}`, key, fault);
    return undefined;
  }

  #lacking(cannot: string, path: ConfigPath, { message, remedy }: Fault): void {
    this.#problems.add({ path, message: `${cannot}: ${message}`, remedy, outside: true });
  }
}

/** Why a file or folder cannot be used. */
interface Fault {
  readonly message: string;
  readonly remedy: string;
}

type Found = { readonly bytes: Buffer; readonly stats: Stats } | Fault;

function readNow(path: string, maxBytes: number): ConfigFile | Fault {
  const read = readRegular(path, maxBytes);
  return 'bytes' in read ? { path, ...read } : read;
}

/** What is wrong with a folder. */
function folderAt(path: string): Fault | undefined {
  try {
    if (!statSync(path).isDirectory()) return { message: 'it is no folder', remedy: 'name a folder' };
    accessSync(path, constants.R_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return wordsFor(error);
  }
}

function readRegular(path: string, maxBytes: number): Found {
  try {
    // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile()) return { message: 'it is not a regular file', remedy: 'name a regular file' };
      return bounded(fd, stats, maxBytes);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return wordsFor(error);
  }
}

/** Files of /proc say 0 bytes and have some, so the stated size is not trusted. */
function bounded(fd: number, stats: Stats, maxBytes: number): Found {
  const bytes = Buffer.alloc(Math.min(Math.max(stats.size, 65_536), maxBytes) + 1);
  let length = 0;
  for (let got = 1; got > 0 && length < bytes.length; length += got)
    got = readSync(fd, bytes, length, bytes.length - length, null);
  if (length > maxBytes) return { message: `it is larger than ${maxBytes} bytes`, remedy: 'name a smaller file' };
  return { bytes: bytes.subarray(0, length), stats };
}
