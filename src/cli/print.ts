import { effectiveConfig } from '../control/config/effective.ts';
import { formatProblem } from '../control/config/config-problem.ts';
import { readConfig } from '../control/config/load-config.ts';
import { ExitCode } from './exit-code.ts';
import { findConfig, noConfig } from './find-config.ts';
import { complain, say } from './outputs.ts';

/** `postern print [config]`: the config as it counts, with every default and where each value comes from. */
export async function print(config: string | undefined): Promise<ExitCode> {
  const file = config ?? findConfig();
  if (file === undefined) {
    complain(noConfig);
    return ExitCode.Usage;
  }
  const { source, result } = await readConfig(file, { environment: process.env, instance: '' });
  if (!result.ok || source === undefined) {
    for (const problem of result.ok ? [] : result.problems) say(formatProblem(problem));
    return ExitCode.Usage;
  }
  say(effectiveConfig(source).trimEnd());
  return ExitCode.Fine;
}
