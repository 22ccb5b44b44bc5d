import { resolve } from 'node:path';

import type { LineCounter } from 'yaml';

import { quote, type ConfigProblem } from './config-problem.ts';
import { keptText } from './config-texts.ts';
import { readIncluded } from './include.ts';
import type { LoadEnv } from './load-result.ts';
import { locate } from './locate.ts';
import { parseYaml } from './parse-yaml.ts';
import { isModule, readModule } from './read-module.ts';
import { bad, good, type Reading } from './reading.ts';
import { findFileReferences, readTree, type TreeMistake } from './read-tree.ts';
import { readTextFile } from './read-text-file.ts';
import { recordUsed } from './record-used.ts';
import type { Origin, ReadSource } from './read-result.ts';
import { Problems, type Place, type Source } from './source.ts';

/** 10,000 routes take about 1 MB. */
const mostBytes = 16_000_000;

/** A secret is a password, a key or a token. */
const mostSecretBytes = 64_000;
const mostSecretFiles = 1000;

/** Parses a text, adds the files that it includes, and puts in what `${...}` stands for. Never throws. */
export async function readSource(text: string, origin: Origin): Promise<ReadSource> {
  return await readIncluded(await readOne(text, origin), origin, readPart);
}

async function readPart(file: string, { folder, env }: Origin): Promise<ReadSource> {
  const read = await readConfigFile(file, env);
  return read.ok ? await readOne(read.text, { file, folder, env }) : read;
}

/** The text of a config file, or what a module makes. Never throws. */
export async function readConfigFile(
  file: string,
  env: LoadEnv,
): Promise<
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problems: readonly ConfigProblem[] }
> {
  const kept = keptText(env.kept, file);
  if (kept !== undefined) return { ok: true, text: kept };
  const read = isModule(file) ? await readModule(resolve(file)) : await readTextFile(file, mostBytes, env.readFile);
  if (read.ok) return read;
  const { line, column } = read.offset ?? { line: 0, column: 0 };
  const message = `Cannot read the config ${quote(file)}: ${read.message}`;
  return { ok: false, problems: [{ file, line, column, path: '', message, remedy: read.remedy, severity: 'error' }] };
}

async function readOne(text: string, { file, folder, env, made }: Origin): Promise<ReadSource> {
  const parsed = parseYaml(text);
  if (!parsed.ok) {
    const problems = parsed.mistakes.slice(0, 100).map(({ offset, message, remedy }) => {
      return { ...placeOf(file, parsed.lines, offset), path: '', message, remedy, severity: 'error' as const };
    });
    return { ok: false, problems };
  }
  const { document } = parsed;
  // Of a module only the result is read: its lines are nobody's.
  const lines = made === true || isModule(file) ? undefined : parsed.lines;
  const files = await readSecretFiles(findFileReferences(document), folder, env);
  const used = new Set<string>();
  const tree = readTree(document, { environment: recordUsed(env.environment, used), files });
  for (const secret of files.values()) if (secret.ok) used.add(secret.value);
  const source: Source = {
    file,
    folder,
    value: tree.value,
    shown: tree.shown,
    locate: (path, end) => placeOf(file, lines, locate(document, tree.aliases, path, end)),
  };
  const problems = new Problems(source);
  for (const mistake of tree.mistakes) problems.add(placed(mistake, file, lines));
  if (!tree.whole) return { ok: false, problems: problems.list() };
  const secretFiles = [...files.keys()].map((path) => resolve(folder, path));
  return { ok: true, source, problems, secretFiles, secrets: [...used], texts: { [file]: text } };
}

function placed(mistake: TreeMistake, file: string, lines: LineCounter | undefined): Parameters<Problems['add']>[0] {
  const { path, end, offset, other, remedy } = mistake;
  const message = other === undefined ? mistake.message : `${mistake.message} line ${lines?.linePos(other).line ?? 0}`;
  return { path, end, place: placeOf(file, lines, offset), message, remedy };
}

function placeOf(file: string, lines: LineCounter | undefined, offset: number): Place {
  if (lines === undefined) return { file, line: 0, column: 0 };
  const { line, col } = lines.linePos(offset);
  return { file, line: Math.max(1, line), column: Math.max(1, col) };
}

/** By the path as it stands in the config. */
async function readSecretFiles(
  paths: ReadonlySet<string>,
  folder: string,
  env: LoadEnv,
): Promise<ReadonlyMap<string, Reading<string>>> {
  const files = new Map<string, Reading<string>>();
  for (const path of paths) {
    if (files.size >= mostSecretFiles)
      files.set(path, bad(`more than ${mostSecretFiles} files are named`, 'use fewer'));
    // oxlint-disable-next-line no-await-in-loop -- one after the other keeps the open files few
    else files.set(path, await readSecretFile(path, folder, env));
  }
  return files;
}

async function readSecretFile(path: string, folder: string, env: LoadEnv): Promise<Reading<string>> {
  if (path === '' || path.includes('\0')) return bad('no file is named', 'write for example ${file:secrets/token}');
  const read = await readTextFile(resolve(folder, path), mostSecretBytes, env.readFile);
  if (read.ok) return good(read.text.replace(/\r?\n$/, ''));
  return bad(`the file ${quote(path)} cannot be read: ${read.message}`, read.remedy);
}
