import { resolve } from 'node:path';

import type { LineCounter } from 'yaml';

import { quote, type ConfigProblem } from './config-problem.ts';
import type { LoadEnv } from './load-result.ts';
import { locate } from './locate.ts';
import { parseYaml } from './parse-yaml.ts';
import { isModule } from './read-module.ts';
import { bad, good, type Reading } from './reading.ts';
import { findFileReferences, readTree, type TreeMistake } from './read-tree.ts';
import { readTextFile } from './read-text-file.ts';
import { Problems, type Place, type Source } from './source.ts';

/** Where a text comes from. */
export interface Origin {
  readonly file: string;
  readonly folder: string;
  readonly env: LoadEnv;
}

export type ReadSource =
  | { readonly ok: true; readonly source: Source; readonly problems: Problems; readonly secretFiles: readonly string[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** A secret is a password, a key or a token. */
const mostSecretBytes = 64_000;
const mostSecretFiles = 1000;

/** Parses a text, reads the files that it names, and puts in what `${...}` stands for. Never throws. */
export async function readSource(text: string, { file, folder, env }: Origin): Promise<ReadSource> {
  const parsed = parseYaml(text);
  if (!parsed.ok) {
    const problems = parsed.mistakes.slice(0, 100).map(({ offset, message, remedy }) => {
      return { ...placeOf(file, parsed.lines, offset), path: '', message, remedy, severity: 'error' as const };
    });
    return { ok: false, problems };
  }
  const { document } = parsed;
  // Of a module only the result is read: its lines are nobody's.
  const lines = isModule(file) ? undefined : parsed.lines;
  const files = await readSecretFiles(findFileReferences(document), folder, env);
  const tree = readTree(document, { environment: env.environment, files });
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
  return { ok: true, source, problems, secretFiles: [...files.keys()].map((path) => resolve(folder, path)) };
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
