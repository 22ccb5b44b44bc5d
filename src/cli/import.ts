import { writeFileSync } from 'node:fs';

import { formatProblem, quote } from '../control/config/config-problem.ts';
import { readTextFile } from '../control/config/read-text-file.ts';
import { mergeSpellings } from '../control/import/merge-spellings.ts';
import { readConfig } from '../control/import/read-config.ts';
import { readReverseLines } from '../control/import/read-reverse-lines.ts';
import { writeConfig } from '../control/import/write-config.ts';
import { writeReverseLines } from '../control/import/write-reverse-lines.ts';
import { messageOf } from '../control/message-of.ts';
import { ExitCode } from './exit-code.ts';
import { complain, say } from './outputs.ts';

export interface ImportFlags {
  /** True: to the usual name. */
  readonly write?: string | true;
  readonly passHost?: true;
  readonly ignoreCase?: true;
  readonly blockNtlm?: true;
  readonly blockNegotiate?: true;
}

/** The setting of an appliance has a few kB. */
const mostBytes = 1_000_000;

const usualName = 'postern.yaml';

/** `postern import reverse-lines FILE|-`: NetManager's apache_reverse as a config. */
export async function importReverseLines(file: string, flags: ImportFlags): Promise<ExitCode> {
  const text = await readInput(file);
  if (text === undefined) return ExitCode.Usage;
  const read = readReverseLines(text);
  const merged = flags.ignoreCase === true ? mergeSpellings(read.items) : { items: read.items, problems: [] };
  const problems = [...read.problems, ...merged.problems];
  for (const problem of problems) complain(problem);
  if (problems.length > 0) return ExitCode.Usage;
  const config = writeConfig(merged.items, {
    passHost: flags.passHost === true,
    ignoreCase: flags.ignoreCase === true,
    blockNtlm: flags.blockNtlm === true,
    blockNegotiate: flags.blockNegotiate === true,
  });
  if (flags.write !== undefined) return writeNew(flags.write === true ? usualName : flags.write, config);
  say(config.trimEnd());
  return ExitCode.Fine;
}

/** `postern export reverse-lines config.yaml`: the routes that the format has words for; the others are named on stderr. */
export async function exportReverseLines(file: string): Promise<ExitCode> {
  const read = await readConfig(file, { environment: process.env, instance: '' });
  if (!read.ok) {
    for (const problem of read.problems) complain(formatProblem(problem));
    return ExitCode.Usage;
  }
  const { lines, notes } = writeReverseLines(read.config);
  for (const line of lines) say(line);
  for (const note of notes) complain(note);
  return ExitCode.Fine;
}

/** Undefined: it cannot be read, and that has been said. */
async function readInput(file: string): Promise<string | undefined> {
  if (file === '-') return readStandardInput();
  const read = await readTextFile(file, mostBytes);
  if (read.ok) return read.text;
  complain(`Cannot read ${quote(file)}: ${read.message}, ${read.remedy}`);
  return undefined;
}

async function readStandardInput(): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > mostBytes) {
      complain(`Cannot read standard input: it is larger than ${mostBytes} bytes, give it a smaller file`);
      return undefined;
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A config that is there already stays. */
function writeNew(file: string, text: string): ExitCode {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o644 });
  } catch (error) {
    complain(`Cannot write ${quote(file)}: ${messageOf(error)}, name a file that is not there yet`);
    return ExitCode.Runtime;
  }
  say(`Written: ${file}; put in your certificate, then run "postern check ${file}"`);
  return ExitCode.Fine;
}
