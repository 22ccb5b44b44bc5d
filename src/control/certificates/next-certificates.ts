import type { Logger } from '../../core/log.ts';
import { formatProblem } from '../config/config-problem.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import { reloadTls } from './reload-tls.ts';
import { withCertificates } from './swap-certificates.ts';

/**
 * The config with its certificates as they are on the disk now. What cannot be used stays as it was in force.
 * @returns undefined where they are the same, or wrong: that has been told.
 */
export async function nextCertificates(
  config: LoadedConfig,
  now: number,
  log: Logger,
): Promise<LoadedConfig | undefined> {
  if (config.tls === undefined) return undefined;
  const { parts, problems } = await reloadTls(config.tls.sources, now);
  const errors = problems.filter(({ severity }) => severity === 'error');
  for (const problem of errors) log.error(formatProblem(problem));
  if (errors.length > 0) log.error('These certificates were not changed: those before stay in force');
  const next = withCertificates(config, parts);
  if (next === config) return undefined;
  for (const problem of problems) if (problem.severity === 'warning') log.warn(formatProblem(problem));
  return next;
}
