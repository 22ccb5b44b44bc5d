import type { Random } from './random.ts';

/** One parser, or one set of them, with what must hold for every input. */
export interface Target {
  /** Of the file, of the option `--only`, and in regressions. */
  readonly name: string;
  /** What must hold, in a sentence. */
  readonly about: string;
  /** Where mutations begin; text stands for bytes (latin1). */
  readonly seeds: () => readonly string[];
  /** What is put in between: the words of the language that is read. */
  readonly words: readonly string[];
  /** Inputs get no longer; default 4096 bytes. */
  readonly longest?: number;
  /** False: coverage says nothing, because what runs does not depend on the input alone. Default: true. */
  readonly guided?: boolean;
  open(): Session | Promise<Session>;
}

/** A target that is ready to run. */
export interface Session {
  /**
   * Throws where a property does not hold. What it does may depend on the input and on `random` alone, which is made from
   * the input: so the bytes are enough to run a find again.
   */
  check(input: Buffer, random: Random): void | Promise<void>;
  close?(): Promise<void>;
}

/** A target that needs nothing opened. */
export function plainTarget(about: Omit<Target, 'open'>, check: Session['check']): Target {
  return { ...about, open: () => ({ check }) };
}
