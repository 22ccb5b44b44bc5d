import { z } from 'zod';

import type { TextMatch } from '../../proxy/index.ts';
import { text, type About } from './leaf.ts';
import { notEmpty } from './not-empty.ts';
import { readPattern } from './read-pattern.ts';
import { bad, good, type Reader, type Reading } from './reading.ts';

function readText(value: string): Reading<string> {
  return value.isWellFormed() ? good(value) : bad('there is half a sign in it', 'write it anew');
}

/** Every text begins and ends with, and contains, the empty one. */
function readPart(value: string): Reading<string> {
  return value === '' ? bad('it is empty, so that every text fits', 'write true if any will do') : readText(value);
}

/** One or several. */
function texts(read: Reader<string>, about: About): z.ZodType<readonly string[]> {
  const one = text(read, about);
  return z
    .union([one, z.array(one).min(1)])
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .meta({ ...about });
}

const is = texts(readText, { description: 'It is this text, or one of these', examples: ['1', ['1', '2']] });

const parts = z
  .strictObject({
    is: is.optional(),
    startsWith: texts(readPart, {
      description: 'It begins with this text, or one of these',
      examples: ['Bearer '],
    }).optional(),
    endsWith: texts(readPart, {
      description: 'It ends with this text, or one of these',
      examples: ['.pdf'],
    }).optional(),
    contains: texts(readPart, {
      description: 'It has this text in it, or one of these',
      examples: ['json'],
    }).optional(),
    regex: texts(readPattern, {
      description:
        'It fits this regular expression (RE2), or one of these: somewhere, unless it begins with `^` and ends with `$`',
      examples: [String.raw`^v[0-9]+$`],
    }).optional(),
  })
  .check(notEmpty('the keys here are is, startsWith, endsWith, contains, regex'))
  .meta({ id: 'textMatch', description: 'What a text must be, all keys together', examples: [{ contains: 'json' }] })
  .transform(({ regex, ...others }): TextMatch => {
    const of: TextMatch[] = [];
    for (const kind of ['is', 'startsWith', 'endsWith', 'contains'] as const) {
      const given = others[kind];
      if (given !== undefined) of.push({ kind, texts: given });
    }
    if (regex !== undefined) of.push({ kind: 'regex', patterns: regex });
    return of.length === 1 ? of[0]! : { kind: 'all', of };
  });

const oneText = text(readText, { description: 'Exactly this text', examples: ['1'] });

// Side by side, not one union within another: of the branches of one, messages can tell which was meant.
const anyText = oneText.transform((value): TextMatch => ({ kind: 'is', texts: [value] }));
const anyOfTexts = z
  .array(oneText)
  .min(1)
  .transform((value): TextMatch => ({ kind: 'is', texts: value }));

/** What a text must be. */
export function textMatch(about: About): z.ZodType<TextMatch> {
  return z.union([anyText, anyOfTexts, parts]).meta({ ...about });
}

/** The same for what may be missing: `true` for any value, `false` for none. */
export function valueMatch(about: About): z.ZodType<TextMatch | false> {
  const present = z.literal(true).transform((): TextMatch => ({ kind: 'present' }));
  return z.union([present, z.literal(false), anyText, anyOfTexts, parts]).meta({ ...about });
}
