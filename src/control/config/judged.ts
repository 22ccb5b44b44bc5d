import type { Plan } from '../../proxy/index.ts';
import type { Reach } from '../exposure/open-to.ts';
import type { Config } from './config.ts';
import type { Problems, Source } from './source.ts';

/** A config without mistakes, in all its forms. Routes have the same numbers in each. */
export interface Judged {
  readonly config: Config;
  readonly plan: Plan;
  readonly source: Source;
  readonly problems: Problems;
  /** Who reaches a listener. */
  readonly reach: Reach;
}
