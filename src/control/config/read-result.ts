import type { ConfigProblem } from './config-problem.ts';
import type { LoadEnv } from './load-result.ts';
import type { Problems, Source } from './source.ts';

/** Where a text comes from. */
export interface Origin {
  readonly file: string;
  readonly folder: string;
  readonly env: LoadEnv;
  /** The text was made from an object: its lines are nobody's. */
  readonly made?: boolean;
}

/** A config before the schema, or why there is none. */
export type ReadSource =
  | {
      readonly ok: true;
      readonly source: Source;
      readonly problems: Problems;
      readonly secretFiles: readonly string[];
      /** What `${...}` put in. */
      readonly secrets: readonly string[];
      /** As `ConfigTexts.texts`. */
      readonly texts: Readonly<Record<string, string>>;
      /** Absolute paths of the files that `include` added. */
      readonly included?: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };
