import type { Logger } from '../../core/log.ts';
import { formatProblem } from '../config/config-problem.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import { reloadTls } from './reload-tls.ts';
import { withCertificates } from './swap-certificates.ts';

/** The config with its certificates as they are on the disk now. @returns undefined where they are the same, or wrong: that has been told. */
export async function nextCertificates(
  config: LoadedConfig,
  now: number,
  log: Logger,
): Promise<LoadedConfig | undefined> {
  if (config.tls === undefined) return undefined;
  const loaded = await reloadTls(config.tls.sources, now);
  if (!loaded.ok) {
    for (const problem of loaded.problems) log.error(formatProblem(problem));
    log.error('The certificates were not changed: those before stay in force');
    return undefined;
  }
  const next = withCertificates(config, loaded.parts);
  if (next === config) return undefined;
  for (const warning of loaded.warnings) log.warn(formatProblem(warning));
  return next;
}
