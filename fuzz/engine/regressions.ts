import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { parse, stringify } from 'yaml';
import { z } from 'zod';

/** An input that once failed, or that a person wants to be run for ever. */
export interface Regression {
  /** A sentence: what was wrong. */
  readonly name: string;
  readonly target: string;
  /** Text stands for bytes, U+0000 to U+00FF. */
  readonly input: string;
}

const folder: string = path.join(import.meta.dirname, '..', 'regressions');
const findsFolder: string = path.join(import.meta.dirname, '..', 'finds');

const schema = z.array(
  z.strictObject({
    name: z.string().min(3),
    target: z.string(),
    // oxlint-disable-next-line no-control-regex -- bytes of all kinds
    input: z.string().regex(/^[\u0000-\u00ff]*$/, 'each character stands for one byte'),
  }),
);

/** All of them, by file. @throws {Error} where a file is wrong. */
export function regressions(): Regression[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return files.toSorted().flatMap((name) => schema.parse(parse(readFileSync(path.join(folder, name), 'utf8'))));
}

/** Writes a find in the form of a regression, to be moved there with a better name. @returns its file. */
export function writeFind(find: Regression, seed: number): string {
  mkdirSync(findsFolder, { recursive: true });
  const file = path.join(findsFolder, `${find.target}-${seed}.yaml`);
  writeFileSync(file, stringify([find], { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0 }));
  return file;
}
