import { createRequire } from 'node:module';

import type { RE2JS } from 're2js';

/** A pattern that a person wrote, on an engine whose time grows with the text alone: what a client sends cannot make it slow. */
export interface LinearRegex {
  /** True where the pattern is somewhere in the text. */
  test(text: string): boolean;
  /**
   * The text with every match replaced. In `replacement`, `$1` to `$99` and `$<name>` stand for groups (empty where one did
   * not take part), `$&` for the match, `$$` for a dollar.
   */
  replace(text: string, replacement: string): string;
  /** The first match, then its groups; undefined: none. */
  exec(text: string): RegexMatch | undefined;
}

/** What was found, and where it begins. */
export interface RegexMatch extends ReadonlyArray<string | undefined> {
  readonly index: number;
}

export interface RegexOptions {
  readonly ignoreCase: boolean;
}

const mostSigns = 1000;

/** Instructions of the compiled program: the time for one sign of a text grows with them. */
const mostInstructions = 500;

/** Bytes that an engine may remember of states it has met, in place of its own 8 MB. */
const mostMemory = 262_144;

/**
 * Compiles a pattern that `checkRegex` has nothing against.
 *
 * @throws {TypeError} with what `checkRegex` says.
 */
export function compileRegex(pattern: string, options?: RegexOptions): LinearRegex {
  const made = compile(pattern, options?.ignoreCase === true);
  if (typeof made === 'string') throw new TypeError(`Cannot compile the pattern: ${made}`);
  return new Re2Regex(made);
}

/** What is wrong with a pattern, in words and without any part of it; undefined: nothing. */
export function checkRegex(pattern: string): string | undefined {
  const made = compile(pattern, true);
  return typeof made === 'string' ? made : undefined;
}

class Re2Regex implements LinearRegex {
  readonly #engine: RE2JS;

  constructor(engine: RE2JS) {
    this.#engine = engine;
    const { dfa } = engine.re2();
    dfa.stateBudget = dfa.memBudget = mostMemory;
  }

  test(text: string): boolean {
    return this.#engine.test(text);
  }

  replace(text: string, replacement: string): string {
    return this.#engine.matcher(text).replaceAll(withoutContext(replacement));
  }

  exec(text: string): RegexMatch | undefined {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its types leave `index` out
    return (this.#engine.exec(text) as unknown as RegexMatch | null) ?? undefined;
  }
}

/** "$`" and "$'" put the rest of the text in for every match, so that a result could be the square of what a client sent. */
function withoutContext(replacement: string): string {
  return replacement.replace(/\$\$|\$[`']/g, (found) => (found === '$$' ? '$$' : `$${found}`));
}

/** The engine for a pattern, or what is wrong with it. */
function compile(pattern: string, ignoreCase: boolean): RE2JS | string {
  if (pattern === '') return 'it is empty';
  if (pattern.length > mostSigns) return `it is longer than ${mostSigns} signs`;
  const { RE2JS: engine } = load();
  try {
    const made = engine.compile(pattern, ignoreCase ? engine.CASE_INSENSITIVE : 0);
    if (made.programSize() > mostInstructions) return 'it is too large once its repetitions are written out';
    return made;
  } catch (error) {
    return wordsFor(error, pattern);
  }
}

/** Loaded by the first pattern: a config without one pays neither for its time nor for its 4 MB. */
function load(): typeof import('re2js') {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- require() knows no types
  return createRequire(import.meta.url)('re2js') as typeof import('re2js');
}

const words: Readonly<Record<string, string>> = {
  'invalid character class range': 'a range in [...] ends before it begins, or names no class of signs',
  'invalid escape sequence': 'there is a backslash before a sign that takes none',
  'invalid named capture': 'the name of a group is not made of letters, digits and _, or not closed by >',
  'duplicate capture group name': 'two groups have the same name',
  'invalid or unsupported Perl syntax': 'what stands behind (? is not known',
  'invalid nested repetition operator': 'one repetition follows another',
  'invalid repeat count': 'a repetition {...} is over 1000 in all, or ends before it begins',
  'missing closing ]': 'a [ is not closed',
  'missing closing )': 'a ( is not closed',
  'missing argument to repetition operator': 'there is nothing that a *, + or ? could repeat',
  'trailing backslash at end of expression': 'it ends with a backslash',
  'unexpected )': 'a ) was never opened',
  'expression nests too deeply': 'its groups are nested too deep',
  'expression too large': 'it is too large once its repetitions are written out',
};

function wordsFor(error: unknown, pattern: string): string {
  if (/\(\?<?[=!]/.test(pattern)) return 'it looks ahead or behind, which no engine does in linear time';
  if (/\\[1-9k]/.test(pattern)) return 'it refers back to a group, which no engine does in linear time';
  const said = error instanceof Error && 'error' in error ? String(error.error) : '';
  return words[said] ?? 'it is not a regular expression of the RE2 syntax';
}
