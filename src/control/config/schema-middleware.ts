import { z } from 'zod';

import type { FeatureName } from '../../proxy/index.ts';
import type { FeatureConfig } from './config.ts';
import { featureSchemas } from './middleware/registry.ts';

const options = Object.fromEntries(
  Object.entries(featureSchemas).map(([name, { schema }]) => [name, schema.optional()]),
);

/** One feature: a map with its name as the only key. */
const feature: z.ZodType<FeatureConfig> = z
  .strictObject(options)
  .superRefine((value, context) => {
    if (Object.keys(value).length === 1) return;
    context.addIssue({
      code: 'custom',
      message: 'each item has one feature',
      params: { remedy: 'begin each with a dash, for example - headers: { response: { remove: [server] } }' },
    });
  })
  .transform((value) => {
    const [name, config] = Object.entries(value)[0]!;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the map above
    return { name: name as FeatureName, config };
  });

/** What a route does on the way. */
export const middlewareSchema: z.ZodType<readonly FeatureConfig[]> = z.array(feature).meta({
  description:
    'What is done on the way, in this order, each item a map with the name of one feature. Features that judge come before those that say who somebody is, then what rewrites, what changes and what answers',
  examples: [[{ headers: { response: { remove: ['server'] } } }]],
});
