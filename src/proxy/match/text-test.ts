import type { TextMatch } from '../plan.ts';
import type { SharedParts } from './shared-parts.ts';

export type TextTest = (text: string) => boolean;

/** How a text of the config stands in a request, and how what stands there is shown to patterns. */
export interface TextForm {
  readonly written: (text: string) => string;
  readonly read: (text: string) => string;
}

/** Fields, queries and cookies are strings of bytes (latin1) that mean UTF-8. */
export const byteForm: TextForm = {
  written: (text) => Buffer.from(text, 'utf8').toString('latin1'),
  read: (text) => (isAscii(text) ? text : Buffer.from(text, 'latin1').toString('utf8')),
};

/** In paths all signs outside ASCII are percent-encoded. */
export const pathForm: TextForm = {
  written: (text) => text.toWellFormed().replace(/[\u0080-\u{10ffff}]+/gu, (signs) => encodeURIComponent(signs)),
  read: (text) => text,
};

export const plainForm: TextForm = { written: (text) => text, read: (text) => text };

export interface TextEnv {
  readonly form: TextForm;
  readonly parts: SharedParts;
  readonly ignoreCase: boolean;
}

export function compileText(match: TextMatch, env: TextEnv): TextTest {
  switch (match.kind) {
    case 'present':
      return () => true;
    case 'all': {
      const tests = match.of.map((each) => compileText(each, env));
      return (text) => tests.every((test) => test(text));
    }
    case 'regex': {
      const regexes = match.patterns.map((pattern) => env.parts.regex(pattern, env.ignoreCase));
      const { read } = env.form;
      return (text) => {
        const shown = read(text);
        return regexes.some((regex) => regex.test(shown));
      };
    }
    default:
      return compileTexts(match, env);
  }
}

function compileTexts(match: Extract<TextMatch, { texts: unknown }>, { form, ignoreCase }: TextEnv): TextTest {
  const written = match.texts.map(form.written);
  const test = testOf(match.kind, ignoreCase ? written.map((text) => text.toLowerCase()) : written);
  return ignoreCase ? (text) => test(text.toLowerCase()) : test;
}

function testOf(kind: 'is' | 'startsWith' | 'endsWith' | 'contains', texts: readonly string[]): TextTest {
  const [only] = texts;
  switch (kind) {
    case 'is': {
      if (texts.length === 1) return (text) => text === only;
      const set = new Set(texts);
      return (text) => set.has(text);
    }
    case 'startsWith':
      return (text) => texts.some((each) => text.startsWith(each));
    case 'endsWith':
      return (text) => texts.some((each) => text.endsWith(each));
    default:
      return (text) => texts.some((each) => text.includes(each));
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
