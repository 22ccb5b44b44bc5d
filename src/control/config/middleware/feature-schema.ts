import type { z } from 'zod';

import type { ConfigFiles } from '../config-files.ts';
import type { ConfigPath } from '../config-problem.ts';
import type { Problems } from '../source.ts';

/** What a feature's config may be, and how it becomes the feature's part of a plan. */
export interface FeatureSchema<Config = unknown> {
  readonly schema: z.ZodType<Config>;
  /**
   * Reads the files that the config names and looks for what the schema cannot see; mistakes go to `env.problems`.
   * @returns plain data for `Feature.create`; undefined after a mistake. Without it the config itself is that data.
   */
  resolve?(config: Config, env: ResolveEnv): unknown;
}

/** One of them, whatever its config. */
export type AnyFeatureSchema = Pick<FeatureSchema<never>, 'resolve'> & { readonly schema: z.ZodType };

export interface ResolveEnv {
  readonly files: ConfigFiles;
  readonly problems: Problems;
  /** Functions that the program handed over, by what stands in their place, with their names. */
  readonly functions?: ReadonlyMap<string, string> | undefined;
  /** Where the feature's config is: `['routes', 0, 'middleware', 1, 'headers']`. */
  readonly path: ConfigPath;
}
