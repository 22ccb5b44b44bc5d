import { dirname, resolve } from 'node:path';

import type { Config } from '../config/config.ts';
import { quote, type ConfigProblem } from '../config/config-problem.ts';
import { explainIssues } from '../config/explain-issue.ts';
import type { LoadEnv } from '../config/load-result.ts';
import { readSource } from '../config/read-source.ts';
import { readTextFile } from '../config/read-text-file.ts';
import { configSchema } from '../config/schema.ts';

const mostBytes = 16_000_000;

export type ReadConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** A config as it is written, without the files that it names: certificates need not be there to write its routes out. */
export async function readConfig(file: string, env: LoadEnv): Promise<ReadConfig> {
  const read = await readTextFile(file, mostBytes, env.readFile);
  if (!read.ok) {
    const message = `Cannot read the config ${quote(file)}: ${read.message}`;
    const { line, column } = read.offset ?? { line: 0, column: 0 };
    return { ok: false, problems: [{ file, line, column, path: '', message, remedy: read.remedy, severity: 'error' }] };
  }
  return readConfigOf(read.text, file, env);
}

/**
 * The same for a text.
 *
 * @internal
 */
export async function readConfigOf(text: string, file: string, env: LoadEnv): Promise<ReadConfig> {
  const read = await readSource(text, { file, folder: dirname(resolve(file)), env });
  if (!read.ok) return read;
  const { source, problems } = read;
  const parsed = configSchema.safeParse(source.value, { reportInput: false });
  if (!parsed.success) explainIssues(configSchema, source.value, parsed.error.issues, problems);
  return parsed.success && !problems.failed
    ? { ok: true, config: parsed.data }
    : { ok: false, problems: problems.list() };
}
