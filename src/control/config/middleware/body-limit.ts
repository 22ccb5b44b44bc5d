import { z } from 'zod';

import type { BodyLimitConfig, PathMatch } from '../../../proxy/index.ts';
import { size, text } from '../leaf.ts';
import { bad, good, type Reader } from '../reading.ts';
import { readExactPath, readRoutePath } from '../route-path.ts';
import type { FeatureSchema } from './feature-schema.ts';

const range = { min: '0B', max: '1000GB' };

type PlainPath = BodyLimitConfig['exceptions'][number]['path'];

const path: z.ZodType<PlainPath> = z.union([
  text(plain(readRoutePath), { description: 'A path, as in a route', examples: ['/upload/'] }),
  z
    .strictObject({ exact: text(plain(readExactPath), { description: 'This path only', examples: ['/import'] }) })
    .transform(({ exact }) => exact),
]);

const schema: z.ZodType<BodyLimitConfig> = z
  .strictObject({
    max: size('The most bytes that a request body may have; `0B`: none', '10MB', range),
    exceptions: z
      .array(
        z.strictObject({
          path: path.meta({ description: 'Where this holds, as clients ask for it', examples: ['/upload/'] }),
          max: size('The most bytes there', '2GB', range),
        }),
      )
      .optional()
      .meta({
        description: 'Paths with a limit of their own; the longest that holds counts',
        examples: [[{ path: '/upload/', max: '2GB' }]],
      }),
  })
  .transform(({ max, exceptions = [] }) => ({
    max,
    exceptions: exceptions.toSorted((a, b) => rank(b.path) - rank(a.path)),
  }))
  .meta({
    description:
      'Refuses larger request bodies with 413: at once where the request says its size, otherwise as soon as more has come',
    examples: [{ max: '10MB' }],
  });

/** Neither of the two readers gives a pattern. */
function plain(read: Reader<PathMatch>): Reader<PlainPath> {
  return (written) => {
    const reading = read(written);
    if (!reading.ok) return reading;
    const { value: match } = reading;
    return match.kind === 'regex' ? bad('it is a pattern', 'write a path') : good(match);
  };
}

/** An exact path is longer than the same path with all below it. */
function rank(match: PlainPath): number {
  return match.path.length * 2 + (match.kind === 'exact' ? 1 : 0);
}

/** By the size of the request's body. */
export const bodyLimitSchema: FeatureSchema<BodyLimitConfig> = { schema };
