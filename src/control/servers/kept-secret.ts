import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Logger } from '../../core/log.ts';
import { newBondSecret, splitsOf, type Plan } from '../../proxy/index.ts';
import { createKeptFile, readKeptFile } from '../files/kept-file.ts';
import { messageOf } from '../message-of.ts';

const fileName = 'cookie-secret';

/** What is longer was not written here. */
const mostBytes = 1000;
const fewestBytes = 16;

/**
 * The secret that signs cookies where the config has none. It is kept in a folder once a config needs it, so that clients stay with
 * their servers over restarts; where that cannot be, it ends with the process.
 */
export class KeptSecret {
  readonly text: string;
  readonly #folder: string | undefined;
  readonly #log: Logger;
  #kept: boolean;

  private constructor(text: string, kept: boolean, { folder, log }: { folder: string | undefined; log: Logger }) {
    this.text = text;
    this.#kept = kept;
    this.#folder = folder;
    this.#log = log;
  }

  /** What the folder has, or a new one. Never rejects. @param folder undefined: there is none. */
  static async open(folder: string | undefined, log: Logger): Promise<KeptSecret> {
    const env = { folder, log };
    try {
      const text = folder === undefined ? undefined : await read(join(folder, fileName));
      if (text !== undefined) return new KeptSecret(text, true, env);
    } catch (error) {
      log.warn(`Cannot use the secret of cookies in ${folder}: ${messageOf(error)}. Clients may lose their servers`);
      return new KeptSecret(newBondSecret(), true, env);
    }
    return new KeptSecret(newBondSecret(), false, env);
  }

  /** A plan is in force, which may need it. Never rejects. */
  async follow(plan: Plan): Promise<void> {
    if (this.#kept || !needsSecret(plan)) return;
    this.#kept = true;
    const what = 'Clients with a cookie lose their servers when Postern restarts';
    if (this.#folder === undefined) {
      return this.#log.warn(`${what}: there is no folder to keep its secret in; write cookieSecret into the config`);
    }
    try {
      await write(this.#folder, this.text);
    } catch (error) {
      this.#log.warn(`${what}: Cannot keep its secret in ${this.#folder}: ${messageOf(error)}`);
    }
  }
}

function needsSecret({ pools, routes }: Plan): boolean {
  return (
    pools.some(({ sticky }) => sticky?.by.kind === 'cookie' && sticky.by.cookie.secret === undefined) ||
    splitsOf(routes).some(({ split: { sticky } }) => sticky?.kind === 'cookie' && sticky.cookie.secret === undefined)
  );
}

/** Undefined: it is not there. @throws {Error} in words where it is none of ours. */
async function read(path: string): Promise<string | undefined> {
  const text = (await readKeptFile(path, { mostBytes, secret: true }))?.trim();
  if (text !== undefined && text.length < fewestBytes) {
    throw new Error(`it has fewer than ${fewestBytes} letters; remove it to have one made`);
  }
  return text;
}

/** @throws {Error} also where another process has made one meanwhile. */
async function write(folder: string, secret: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await createKeptFile(join(folder, fileName), `${secret}\n`);
}
