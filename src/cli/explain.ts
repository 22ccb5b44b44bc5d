import { formatProblem } from '../control/config/config-problem.ts';
import { loadConfig } from '../control/config/load-config.ts';
import { explainByConfig, type Question } from '../control/explain/explain-config.ts';
import { UsedSecrets } from '../control/explain/used-secrets.ts';
import { messageOf } from '../control/message-of.ts';
import { ExitCode } from './exit-code.ts';
import { explainText } from './explain-text.ts';
import { findConfig, noConfig } from './find-config.ts';
import { complain, say } from './outputs.ts';

export interface ExplainOptions {
  readonly config?: string;
  /** `name: value`. */
  readonly header?: readonly string[];
  readonly from?: string;
  readonly listener?: string;
  readonly json?: boolean;
}

/** `postern explain METHOD URL`: what would become of a request by a config, and why. Nothing is sent. */
export async function explain(method: string, url: string, options: ExplainOptions): Promise<ExitCode> {
  const file = options.config ?? findConfig();
  if (file === undefined) {
    complain(noConfig);
    return ExitCode.Usage;
  }
  const secrets = new UsedSecrets(process.env);
  const loaded = await loadConfig(file, { environment: secrets.environment, instance: 'postern', places: true });
  if (!loaded.ok) {
    for (const problem of loaded.problems) say(formatProblem(problem));
    return ExitCode.Usage;
  }
  try {
    await secrets.readFiles(loaded.secretFiles);
    const answer = await explainByConfig(questionOf(method, url, options), loaded.plan, loaded.places);
    const explained = secrets.hide(answer);
    say(options.json === true ? JSON.stringify(explained, undefined, 2) : explainText(explained));
    return ExitCode.Fine;
  } catch (error) {
    complain(messageOf(error));
    return ExitCode.Usage;
  }
}

/** @throws Error in words. */
function questionOf(method: string, url: string, { header = [], from, listener }: ExplainOptions): Question {
  return { method, url, headers: header.map(fieldOf), from, listener };
}

function fieldOf(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new Error(`Cannot read the field ${JSON.stringify(line)}: write for example "X-Name: value"`);
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}
