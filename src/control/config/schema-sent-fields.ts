import { z } from 'zod';

import { isToken } from '../../wire/chars.ts';

/** Fields that are written from the body and the connection. */
const own: ReadonlySet<string> = new Set(
  'host content-length content-type transfer-encoding connection upgrade expect te trailer keep-alive'.split(' '),
);

/** Fields of requests that the proxy makes itself. */
export function sentFields(
  description: string,
  example: Readonly<Record<string, string>>,
): z.ZodType<Readonly<Record<string, string>>> {
  return z
    .record(z.string(), z.string())
    .superRefine((value, context) => {
      for (const [name, content] of Object.entries(value)) {
        const wrong = judgeField(name, content);
        if (wrong !== undefined) context.addIssue({ code: 'custom', path: [name], ...wrong });
      }
    })
    .meta({ description, examples: [example] });
}

function judgeField(name: string, content: string): { message: string; params: { remedy: string } } | undefined {
  if (!isToken(name)) {
    return { message: 'it is not the name of a field', params: { remedy: 'write letters, digits and -' } };
  }
  if (own.has(name.toLowerCase())) {
    return { message: 'the proxy writes this field itself', params: { remedy: 'leave it out' } };
  }
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(content)) return undefined;
  return { message: 'a field cannot have this value', params: { remedy: 'write it on one line, in ASCII' } };
}
