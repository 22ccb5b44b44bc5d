import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

import { formatProblem } from '../control/config/config-problem.ts';
import { loadConfig } from '../control/config/load-config.ts';
import type { LoadedConfig } from '../control/config/load-result.ts';
import { messageOf } from '../control/message-of.ts';
import { planChanges } from '../control/preview/plan-changes.ts';
import { Replay, type ReplayResult } from '../control/preview/replay.ts';
import { ExitCode } from './exit-code.ts';
import { findConfig, noConfig } from './find-config.ts';
import { complain, say } from './outputs.ts';
import { changesText, replayText } from './preview-text.ts';

export interface PreviewOptions {
  /** The config that it is compared with. */
  readonly against?: string;
  /** A JSON access log. */
  readonly replay?: string;
  readonly json?: boolean;
}

/** `postern preview NEW [--against OLD] [--replay LOG]`: what another config would change. Nothing is changed by it. */
export async function preview(config: string, options: PreviewOptions): Promise<ExitCode> {
  const against = options.against ?? findConfig();
  if (against === undefined) {
    complain(noConfig);
    return ExitCode.Usage;
  }
  const [before, after] = [await load(against), await load(config)];
  if (before === undefined || after === undefined) return ExitCode.Usage;
  try {
    const changes = planChanges(before.plan, after.plan);
    const replayed = options.replay === undefined ? undefined : await replay(options.replay, after);
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
