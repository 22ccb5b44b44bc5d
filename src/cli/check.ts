import { formatProblem, type ConfigProblem } from '../control/config/config-problem.ts';
import { loadConfig } from '../control/config/load-config.ts';
import type { LoadedConfig } from '../control/config/load-result.ts';
import { ExitCode } from './exit-code.ts';
import { findConfig, noConfig } from './find-config.ts';
import { complain, say } from './outputs.ts';

/** `postern check [config] [--json]`: what is wrong with a config, without running it. */
export async function check(config: string | undefined, options: { readonly json?: boolean }): Promise<ExitCode> {
  const file = config ?? findConfig();
  if (file === undefined) {
    complain(noConfig);
    return ExitCode.Usage;
  }
  const result = await loadConfig(file, { environment: process.env, instance: '' });
  const problems = result.ok ? result.warnings : result.problems;
  if (options.json === true) say(JSON.stringify(problems, undefined, 2));
  else tell(file, problems, result.ok ? result : undefined);
  return result.ok ? ExitCode.Fine : ExitCode.Usage;
}

function tell(file: string, problems: readonly ConfigProblem[], loaded: LoadedConfig | undefined): void {
  for (const problem of problems) say(formatProblem(problem));
  if (loaded !== undefined) say(`OK: ${file}: ${countsOf(loaded)}`);
}

function countsOf({ plan, warnings }: LoadedConfig): string {
  const servers = plan.pools.reduce((sum, pool) => sum + pool.servers.length, 0);
  const counts = [
    counted(plan.listeners.length, 'listener'),
    counted(plan.routes.length, 'route'),
    counted(plan.pools.length, 'pool'),
    counted(servers, 'server'),
    ...(warnings.length > 0 ? [counted(warnings.length, 'warning')] : []),
  ];
  return counts.join(', ');
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
