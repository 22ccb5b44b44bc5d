/** What the command ends with. */
export const ExitCode = {
  Fine: 0,
  /** It could not be done here and now. */
  Runtime: 1,
  /** The command line or the config is wrong. */
  Usage: 2,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
