import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

import { quote, type ConfigPath, type ConfigProblem } from './config-problem.ts';
import { mergeSources, type Part } from './merge-sources.ts';
import { wordsFor } from './read-text-file.ts';
import type { Origin, ReadSource } from './read-result.ts';
import type { Problems } from './source.ts';

/** Parts of one config. */
const mostFiles = 1000;

/** Reads one of the files that are included. */
export type ReadPart = (file: string, origin: Origin) => Promise<ReadSource>;

/**
 * Joins a config with the files that its key `include` names: files, or folders, of which it takes each `.yaml`, `.yml`
 * and `.json` by the order of their names. Without the key the config is as it was.
 */
export async function readIncluded(main: ReadSource, origin: Origin, readPart: ReadPart): Promise<ReadSource> {
  const { file, folder, env } = origin;
  if (!main.ok) return main;
  const names = includeOf(main.source.value);
  if (names === undefined) return main;
  if (env.alone === true) return refuse(main);
  const found = env.kept?.included ?? (await findFiles(names, folder, main.problems));
  const parts: Part[] = [];
  const [secretFiles, secrets] = [[...main.secretFiles], [...main.secrets]];
  const texts = { ...main.texts };
  const broken: ConfigProblem[] = [];
  for (const each of found) {
    const shown = path.join(path.dirname(file), path.relative(folder, each));
    // oxlint-disable-next-line no-await-in-loop -- in their order, and few are open at once
    const read = await readPart(shown, origin);
    if (!read.ok) broken.push(...read.problems);
    else {
      parts.push({ source: read.source, problems: read.problems });
      secretFiles.push(...read.secretFiles);
      secrets.push(...read.secrets);
      Object.assign(texts, read.texts);
    }
  }
  if (broken.length > 0) return { ok: false, problems: [...main.problems.list(), ...broken] };
  const { source, problems } = mergeSources({ source: main.source, problems: main.problems }, parts);
  return { ok: true, source, problems, secretFiles, secrets, texts, included: found };
}

function refuse(main: ReadSource & { readonly ok: true }): ReadSource {
  const message = 'Cannot include files in a config that is not a file itself';
  main.problems.add({ path: ['include'], end: 'key', message, remedy: 'send all of it in one text' });
  return { ok: false, problems: main.problems.list() };
}

/** Undefined: there is none, or it is nothing that the schema would let pass. */
function includeOf(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null || !('include' in value)) return undefined;
  const { include } = value;
  return Array.isArray(include) && include.every((each) => typeof each === 'string') ? include : undefined;
}

/** Absolute paths, each once. */
async function findFiles(names: readonly string[], folder: string, problems: Problems): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const [i, name] of names.entries()) {
    const place: ConfigPath = ['include', i];
    // oxlint-disable-next-line no-await-in-loop -- in their order
    for (const each of await filesAt(path.resolve(folder, name), { name, place, problems })) found.add(each);
  }
  if (found.size <= mostFiles) return [...found];
  const message = `Cannot include ${found.size} files: at most ${mostFiles}`;
  problems.add({ path: ['include'], message, remedy: 'put several routes into one file' });
  return [];
}

interface Named {
  readonly name: string;
  readonly place: ConfigPath;
  readonly problems: Problems;
}

async function filesAt(at: string, { name, place, problems }: Named): Promise<readonly string[]> {
  try {
    if (!(await stat(at)).isDirectory()) return [at];
    const files = (await readdir(at)).filter((file) => /^[^.].*\.(ya?ml|json)$/.test(file));
    // By code units: the same order on every machine.
    return files.toSorted((a, b) => (a < b ? -1 : 1)).map((file) => path.join(at, file));
  } catch (error) {
    const { message, remedy } = wordsFor(error);
    problems.add({ path: place, message: `Cannot include ${quote(name)}: ${message}`, remedy });
    return [];
  }
}
