import type { Logger } from '../core/log.ts';
import { keepCertificates } from './certificates/keep-certificates.ts';
import { nextCertificates } from './certificates/next-certificates.ts';
import { formatProblem, type ConfigProblem } from './config/config-problem.ts';
import type { LoadedConfig, LoadResult } from './config/load-result.ts';
import { disabledParts } from './disabled-parts.ts';
import { keepParts } from './keep-parts.ts';
import { sameConfig } from './same-config.ts';

export interface OutsideEnv {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly log: Logger;
  /** The config in force loaded once more, from its texts as they were and with all that they name as it is now. Never rejects. */
  readonly renew: (config: LoadedConfig) => Promise<LoadResult | undefined>;
}

/** A config with what it names as that is now, and what is to be said when it is in force. */
export interface NextOutside {
  readonly config: LoadedConfig;
  readonly words: string;
}

/**
 * The config in force, with the files that it names as they are now. Where something was missing all of them are looked at,
 * otherwise certificates alone. The config's own file is not looked at: it may be half edited.
 * @returns undefined where nothing is different, or something new is wrong: that has been told.
 */
export async function nextOutside(config: LoadedConfig, env: OutsideEnv): Promise<NextOutside | undefined> {
  const renewed = config.lacking === undefined ? undefined : await env.renew(config);
  if (renewed !== undefined) return compare(config, renewed, env);
  const next = await nextCertificates(config, env.now, env.log);
  return next && { config: next, words: 'The new certificates are in force' };
}

function compare(before: LoadedConfig, renewed: LoadResult, { log }: OutsideEnv): NextOutside | undefined {
  if (!renewed.ok) {
    tellNew(renewed.problems, before.warnings, log);
    return undefined;
  }
  const next = keepParts(before, keepCertificates(renewed, before));
  tellNew(next.warnings, before.warnings, log);
  if (sameConfig(next, before)) return undefined;
  const still = new Set(disabledParts(next).map(({ kind, name }) => `${kind} ${name}`));
  const well = disabledParts(before).filter(({ kind, name }) => !still.has(`${kind} ${name}`));
  const words = well.map(({ kind, name }) => `the ${kind} ${name}`).join(', ');
  return {
    config: next,
    words: words === '' ? 'Files of the config have changed and are in force' : `Works again: ${words}`,
  };
}

/** What was told when the config was loaded is not told again. */
function tellNew(problems: readonly ConfigProblem[], told: readonly ConfigProblem[], log: Logger): void {
  const old = new Set(told.map(({ path, message }) => `${path} ${message}`));
  logProblems(
    problems.filter(({ path, message }) => !old.has(`${path} ${message}`)),
    log,
  );
}

/** Errors among them disable something. */
export function logProblems(problems: readonly ConfigProblem[], log: Logger): void {
  for (const problem of problems) {
    if (problem.severity === 'error') log.error(formatProblem(problem));
    else log.warn(formatProblem(problem));
  }
}
