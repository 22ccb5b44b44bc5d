import { z } from 'zod';

import { durationReader, rateReader, sizeReader, type Range } from './quantity.ts';
import { bad, good, type Reader, type Reading } from './reading.ts';

/** What the reference says of a key. The first example is also what messages propose. */
export interface About {
  readonly description: string;
  readonly examples: readonly [unknown, ...unknown[]];
  readonly unit?: string;
  /** For editors; texts with a `${...}` always pass there. */
  readonly pattern?: string;
}

/** A text that `read` understands. Its mistakes carry `remedy` and `better` in `params`, and no part of the text elsewhere. */
export function text<T>(read: Reader<T>, about: About): z.ZodType<T, string> {
  const schema = z.string().transform((value, context) => {
    const reading = hasControl(value) ? control : read(value);
    if (reading.ok) return reading.value;
    const { what, remedy, better } = reading;
    context.addIssue({ code: 'custom', message: what, params: { remedy, better } });
    return z.NEVER;
  });
  return schema.meta({ ...about });
}

const control = bad('there is a line break or control character in it', 'write a text on one line');

/** C0 and C1 controls and DEL. */
function hasControl(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;
  }
  return false;
}

export function duration(description: string, example: string, range: Range): z.ZodType<number, string> {
  return text(durationReader(range), {
    description,
    examples: [example],
    unit: `duration, ${range.min} to ${range.max}`,
    pattern: String.raw`^\d+(ms|s|m|h|d)$|\$\{`,
  });
}

export function size(description: string, example: string, range: Range): z.ZodType<number, string> {
  return text(sizeReader(range), {
    description,
    examples: [example],
    unit: `size, ${range.min} to ${range.max}`,
    pattern: String.raw`^\d+([kMG]i?)?B$|\$\{`,
  });
}

export function rate(description: string, example: string, range: Range): z.ZodType<number, string> {
  return text(rateReader(range), {
    description,
    examples: [example],
    unit: `size a second, ${range.min} to ${range.max}`,
    pattern: String.raw`^\d+([kMG]i?)?B/s$|\$\{`,
  });
}

export function count(description: string, example: number, [min, max]: readonly [number, number]): z.ZodNumber {
  return z
    .int()
    .min(min)
    .max(max)
    .meta({ description, examples: [example], unit: `number, ${min} to ${max}` });
}

export function flag(description: string, example: boolean): z.ZodBoolean {
  return z.boolean().meta({ description, examples: [example] });
}

/** A path in the file system; relative ones start at the config file. */
export function readFilePath(value: string): Reading<string> {
  if (value === '') return bad('it is empty', 'write the path of a file');
  if (value.endsWith('/')) return bad('it is a folder', 'write the path of a file');
  return good(value);
}
