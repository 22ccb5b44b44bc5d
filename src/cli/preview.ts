import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { formatProblem } from '../control/config/config-problem.ts';
import { loadConfig } from '../control/config/load-config.ts';
import type { LoadedConfig } from '../control/config/load-result.ts';
import { messageOf } from '../control/message-of.ts';
import { configChanges } from '../control/preview/config-changes.ts';
import type { PlanChanges } from '../control/preview/plan-changes.ts';
import { Replay, type ReplayResult } from '../control/preview/replay.ts';
import { previewAnswer } from './answers.ts';
import { problemLines } from './ask.ts';
import { askRunning, type RunningAnswer } from './ask-running.ts';
import { ExitCode } from './exit-code.ts';
import { findConfig, noConfig } from './find-config.ts';
import { complain, say } from './outputs.ts';
import { changesText, replayText } from './preview-text.ts';

export interface PreviewOptions {
  /** The config that it is compared with. */
  readonly against?: string;
  /** The control socket of the one that runs. */
  readonly socket?: string;
  /** A JSON access log. */
  readonly replay?: string;
  readonly json?: boolean;
}

const nothingRuns = 'Cannot compare: no Postern runs here; name the config that would come';

/**
 * `postern preview [NEW] [--against OLD] [--replay LOG]`: what another config, or the file as it is now, would change. Nothing is
 * changed by it. It is compared with what runs, unless nothing does or a config is named.
 */
export async function preview(config: string | undefined, options: PreviewOptions): Promise<ExitCode> {
  const { against, socket } = options;
  if (against === undefined) {
    const body = config === undefined ? {} : { path: resolve(config) };
    const running = await askRunning({ path: '/api/v1/preview', body, socket });
    if (running === 'unreachable') return ExitCode.Runtime;
    if (running !== undefined) return await show(running, config, options);
  }
  return await compare(config, options);
}

async function compare(config: string | undefined, options: PreviewOptions): Promise<ExitCode> {
  const against = options.against ?? findConfig();
  if (config === undefined || against === undefined) {
    complain(config === undefined ? nothingRuns : noConfig);
    return ExitCode.Usage;
  }
  const [before, after] = [await load(against), await load(config)];
  if (before === undefined || after === undefined) return ExitCode.Usage;
  return await tell(configChanges(before, after), after, options);
}

/** What the running one says. */
async function show(
  { answer, by }: RunningAnswer,
  config: string | undefined,
  options: PreviewOptions,
): Promise<ExitCode> {
  const { success, data } = previewAnswer.safeParse(answer.body);
  if (answer.status !== 200 || !success) {
    for (const line of problemLines(answer)) say(line);
    return answer.status === 422 ? ExitCode.Usage : ExitCode.Runtime;
  }
  if (options.json !== true) say(`${by}${besideText(data.beside)}\n`);
  const file = config ?? findConfig();
  const after = options.replay === undefined || file === undefined ? undefined : await load(file);
  return await tell(data.changes, after, options);
}

function besideText(count: number): string {
  if (count === 0) return '';
  const what = count === 1 ? '1 change' : `${count} changes`;
  return `\n${what} of servers at run time would stay as now: "postern server diff" shows what`;
}

/** @param after for the requests of a log. */
async function tell(changes: PlanChanges, after: LoadedConfig | undefined, options: PreviewOptions): Promise<ExitCode> {
  try {
    const replayed =
      options.replay === undefined || after === undefined ? undefined : await replay(options.replay, after);
    if (options.json === true) say(JSON.stringify({ changes, replay: replayed }, undefined, 2));
    else say([changesText(changes), ...(replayed ? [replayText(replayed)] : [])].join('\n\n'));
    return ExitCode.Fine;
  } catch (error) {
    complain(`Cannot read the access log ${options.replay ?? ''}: ${messageOf(error)}`);
    return ExitCode.Usage;
  }
}

/** Undefined: it is wrong, and that has been said. */
async function load(file: string): Promise<LoadedConfig | undefined> {
  const loaded = await loadConfig(file, { environment: process.env, instance: '' });
  if (loaded.ok) return loaded;
  for (const problem of loaded.problems) say(formatProblem(problem));
  return undefined;
}

async function replay(file: string, { plan }: LoadedConfig): Promise<ReplayResult> {
  const run = new Replay(plan);
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  for await (const line of lines) run.add(line);
  return run.result;
}
