import { formatProblem } from '../control/config/config-problem.ts';
import { loadConfig } from '../control/config/load-config.ts';
import { explainByConfig, type Explained, type Question } from '../control/explain/explain-config.ts';
import { hideSecrets } from '../control/explain/hide-secrets.ts';
import { messageOf } from '../control/message-of.ts';
import { isExplained } from './answers.ts';
import { problemLines } from './ask.ts';
import { askRunning, type RunningAnswer } from './ask-running.ts';
import { ExitCode } from './exit-code.ts';
import { explainText } from './explain-text.ts';
import { findConfig, noConfig } from './find-config.ts';
import { complain, say } from './outputs.ts';

export interface ExplainOptions {
  readonly config?: string;
  readonly socket?: string;
  /** `name: value`. */
  readonly header?: readonly string[];
  readonly from?: string;
  readonly listener?: string;
  readonly json?: boolean;
}

/**
 * `postern explain METHOD URL`: what would become of a request, and why. Nothing is sent. The Postern that runs is asked, unless
 * there is none or a config is named.
 */
export async function explain(method: string, url: string, options: ExplainOptions): Promise<ExitCode> {
  try {
    const question = questionOf(method, url, options);
    if (options.config !== undefined) return await explainByFile(options.config, question, options);
    const running = await askRunning({ path: '/api/v1/explain', body: bodyOf(question), socket: options.socket });
    if (running === 'unreachable') return ExitCode.Runtime;
    if (running !== undefined) return show(running, options);
    const file = findConfig();
    if (file !== undefined)
      return await explainByFile(file, question, options, `By the config ${file}: no Postern was asked`);
    complain(noConfig);
    return ExitCode.Usage;
  } catch (error) {
    complain(messageOf(error));
    return ExitCode.Usage;
  }
}

/** @param by says whose answer it is. @throws Error in words, where the question makes no sense. */
async function explainByFile(
  file: string,
  question: Question,
  { json }: ExplainOptions,
  by?: string,
): Promise<ExitCode> {
  const loaded = await loadConfig(file, { environment: process.env, instance: 'postern', places: true });
  if (!loaded.ok) {
    for (const problem of loaded.problems) say(formatProblem(problem));
    return ExitCode.Usage;
  }
  const answer = await explainByConfig(question, loaded.plan, loaded.places);
  sayAnswer(hideSecrets(answer, loaded.secrets ?? []), json, by);
  return ExitCode.Fine;
}

function show({ answer, by }: RunningAnswer, { json }: ExplainOptions): ExitCode {
  if (answer.status === 200 && isExplained(answer.body)) {
    sayAnswer(answer.body, json, by);
    return ExitCode.Fine;
  }
  for (const line of problemLines(answer)) complain(line);
  return answer.status === 400 ? ExitCode.Usage : ExitCode.Runtime;
}

function sayAnswer(explained: Explained, json: boolean | undefined, by: string | undefined): void {
  if (json === true) say(JSON.stringify(explained, undefined, 2));
  else say([...(by === undefined ? [] : [by, '']), explainText(explained)].join('\n'));
}

/** @throws Error in words. */
function questionOf(method: string, url: string, { header = [], from, listener }: ExplainOptions): Question {
  return { method, url, headers: header.map(fieldOf), from, listener };
}

/** As the admin API takes it. */
function bodyOf({ headers, ...question }: Question): object {
  const byName = Map.groupBy(headers, ([name]) => name);
  const fields = [...byName].map(([name, each]) => [name, each.map(([, value]) => value)] as const);
  return { ...question, headers: Object.fromEntries(fields) };
}

function fieldOf(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new Error(`Cannot read the field ${JSON.stringify(line)}: write for example "X-Name: value"`);
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}
