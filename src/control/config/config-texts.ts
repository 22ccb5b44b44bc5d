/**
 * What a config was read from, as it was then: so that it can be shown later with its lines, whatever the files say by then. What
 * `${...}` stands for is not in it.
 */
export interface ConfigTexts {
  /** The first file, as it is called in messages. */
  readonly file: string;
  /** Relative paths in it start here. */
  readonly folder: string;
  /** Every file's text, by the name that it has in messages. */
  readonly texts: Readonly<Record<string, string>>;
  /** Absolute paths of the files that `include` added, in their order. */
  readonly included: readonly string[];
  /** The text was made from something else: its lines are nobody's. */
  readonly made: boolean;
}

/** Reads from kept texts what would else be read from files. */
export function keptText(kept: ConfigTexts | undefined, file: string): string | undefined {
  return kept !== undefined && Object.hasOwn(kept.texts, file) ? kept.texts[file] : undefined;
}
