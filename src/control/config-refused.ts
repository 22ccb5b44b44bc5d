import { formatProblem, type ConfigProblem } from './config/config-problem.ts';

/** A config that cannot be run, with every mistake that was found in it. */
export class ConfigRefused extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'ConfigRefused';
    this.problems = problems;
  }
}
