import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';

import { z } from 'zod';

import { createKeptFile, readKeptFile } from '../files/kept-file.ts';
import { messageOf } from '../message-of.ts';
import { changeSchema, mostChanges, mostSplits, splitSchema, type RuntimeState } from './runtime-change.ts';

/** Of the form of the file: a reader that does not know it leaves the file alone. */
const version = 1;

const mostBytes = 16 * 1024 * 1024;

const versionOnly = z.looseObject({ version: z.number() });

const fileSchema = z.strictObject({
  version: z.literal(version),
  servers: z.array(changeSchema).max(mostChanges),
  splits: z.array(splitSchema).max(mostSplits).default([]),
});

/**
 * Where it is: in the folder that the config names, else in the one that the service manager made (`STATE_DIRECTORY`), else beside
 * the control socket, whose name it has: so several processes have several files. Undefined: nowhere.
 */
export function stateFile(
  folder: string | undefined,
  socket: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const name = `${socket === undefined ? 'postern' : basename(socket, '.sock')}.servers.json`;
  if (folder !== undefined) return join(folder, name);
  const [made] = environment['STATE_DIRECTORY']?.split(':') ?? []; // systemd lists several folders with colons.
  if (socket === undefined) return undefined;
  return join(made !== undefined && isAbsolute(made) ? made : dirname(socket), name);
}

/**
 * What was kept. A file that is not there has nothing in it.
 * @throws {Error} in words where it cannot be read or is none of ours.
 */
export async function readChanges(path: string): Promise<RuntimeState> {
  const begin = `Cannot read the changes at run time in ${path}:`;
  const text = await readKeptFile(path, { mostBytes, secret: false }).catch((error: unknown) => {
    throw new Error(`${begin} ${messageOf(error)}`, { cause: error });
  });
  if (text === undefined) return { changes: [], splits: [] };
  const value = parseJson(text);
  const known = versionOnly.safeParse(value);
  if (known.success && known.data.version !== version) {
    throw new Error(`${begin} it is of version ${known.data.version}, and this Postern knows version ${version}`);
  }
  const { data, error } = fileSchema.safeParse(value);
  if (data === undefined) {
    const { path: at = [], message = '' } = error?.issues[0] ?? {};
    throw new Error(`${begin} it is not what Postern wrote (${at.join('.') || 'the file'}: ${message})`);
  }
  return { changes: data.servers, splits: data.splits };
}

/**
 * Writes it whole or not at all, also where the machine loses power on the way.
 * @throws {Error} in words.
 */
export async function writeChanges(path: string, { changes, splits }: RuntimeState): Promise<void> {
  const next = `${path}.new`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await rm(next, { force: true });
    await createKeptFile(next, `${JSON.stringify({ version, servers: changes, splits }, undefined, 2)}\n`);
    await rename(next, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw new Error(`Cannot keep the changes at run time in ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Where that cannot be done the file may be lost with the power, and is whole otherwise. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
