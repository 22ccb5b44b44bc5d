import { formatProblem, type ConfigProblem } from '../control/config/config-problem.ts';
import { loadConfig } from '../control/config/load-config.ts';
import type { LoadedConfig } from '../control/config/load-result.ts';
import { exposureOf } from '../control/exposure/exposure.ts';
import { disabledParts } from '../control/disabled-parts.ts';
import { DnsHostLookup } from '../control/names/host-lookup.ts';
import { usableConfig } from '../control/usable-config.ts';
import { disabledLines } from './disabled-lines.ts';
import { ExitCode } from './exit-code.ts';
import { exposureText } from './exposure-text.ts';
import { findConfig, noConfig } from './find-config.ts';
import { complain, say } from './outputs.ts';

export interface CheckOptions {
  readonly json?: boolean;
  /** Shows what can be reached, in place of what is wrong. */
  readonly exposure?: boolean;
  /** Asks DNS too. */
  readonly network?: boolean;
}

/** `postern check [config] [--json] [--exposure] [--network]`: what is wrong with a config, without running it. */
export async function check(config: string | undefined, options: CheckOptions): Promise<ExitCode> {
  const file = config ?? findConfig();
  if (file === undefined) {
    complain(noConfig);
    return ExitCode.Usage;
  }
  const loaded = await loadConfig(file, {
    environment: process.env,
    instance: '',
    advice: true,
    ...(options.network === true && { hostLookup: (servers) => new DnsHostLookup(servers) }),
  });
  const result = usableConfig(loaded);
  const json = options.json === true;
  if (options.exposure === true && result.ok) tellExposure(result, json);
  else if (json) say(JSON.stringify(result.ok ? result.warnings : result.problems, undefined, 2));
  else tell(file, result.ok ? result.warnings : result.problems, result.ok ? result : undefined);
  if (!result.ok) return ExitCode.Usage;
  const isWhole = result.warnings.every(({ severity }) => severity === 'warning');
  return isWhole ? ExitCode.Fine : ExitCode.Runtime;
}

function tellExposure({ plan, shown }: LoadedConfig, json: boolean): void {
  const listeners = exposureOf(plan, shown);
  say(json ? JSON.stringify({ listeners }, undefined, 2) : exposureText(listeners));
}

function tell(file: string, problems: readonly ConfigProblem[], loaded: LoadedConfig | undefined): void {
  for (const problem of problems) say(formatProblem(problem));
  if (loaded === undefined) return;
  const disabled = disabledParts(loaded);
  for (const line of disabledLines(disabled)) say(line);
  say(`${disabled.length === 0 ? 'OK' : 'It runs without these'}: ${file}: ${countsOf(loaded)}`);
}

function countsOf({ plan, warnings: problems }: LoadedConfig): string {
  const warnings = problems.filter(({ severity }) => severity === 'warning');
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
