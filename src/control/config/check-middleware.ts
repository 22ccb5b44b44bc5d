import { stages, type FeaturePlan, type Stage } from '../../proxy/index.ts';
import type { ConfigFiles } from './config-files.ts';
import type { Draft, FeatureConfig } from './config.ts';
import type { ConfigPath } from './config-problem.ts';
import type { LoadEnv } from './load-result.ts';
import type { FeatureSchema } from './middleware/feature-schema.ts';
import { featureSchemas } from './middleware/registry.ts';
import type { Problems } from './source.ts';

const order: readonly Stage[] = ['guard', 'identify', 'rewrite', 'transform', 'respond'];

/**
 * Makes the plans of the features of all routes, by route. What is wrong with one of them, or with their order, goes to
 * `problems`.
 */
export function resolveMiddleware(
  config: Draft,
  files: ConfigFiles,
  problems: Problems,
  functions?: LoadEnv['functions'],
): readonly FeaturePlan[][] {
  return (config.routes ?? []).map((route, index) => {
    // After a mistake in it an item is missing.
    const features: readonly (FeatureConfig | undefined)[] = route?.middleware ?? [];
    const base: ConfigPath = ['routes', index, 'middleware'];
    checkOrder(features, base, problems);
    return features.flatMap((feature, i) => {
      if (feature === undefined) return [];
      const { name, config: given } = feature;
      const entry: FeatureSchema = featureSchemas[name];
      const env = { files, problems, functions, path: [...base, i, name] };
      const resolved = entry?.resolve === undefined ? given : entry.resolve(given, env);
      return resolved === undefined ? [] : [{ name, config: resolved }];
    });
  });
}

/** A feature of an earlier stage behind one of a later does not do what it says. */
function checkOrder(features: readonly (FeatureConfig | undefined)[], base: ConfigPath, problems: Problems): void {
  let before: FeatureConfig['name'] | undefined;
  for (const [i, feature] of features.entries()) {
    const here = feature?.name;
    // What may stand anywhere says nothing of those around it.
    if (here !== undefined && stages[here] === 'any') continue;
    const last = before;
    before = here;
    if (last === undefined || here === undefined || order.indexOf(stages[last]) <= order.indexOf(stages[here]))
      continue;
    const message = `Cannot use ${here} after ${last}: it is of the stage "${stages[here]}", which comes before "${stages[last]}"`;
    problems.add({ path: [...base, i], message, remedy: `write ${here} before ${last}` });
  }
}
