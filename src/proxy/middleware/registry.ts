import type { Feature } from './feature.ts';
import type { FeatureName } from './stages.ts';

/** Every feature by its name. */
const features: Partial<Record<FeatureName, Feature<never>>> = {};

/** @throws {Error} a plan names a feature that is not there: the config's check should have refused it. */
export function featureOf(name: FeatureName): Feature<unknown> {
  const feature = features[name];
  if (feature === undefined) throw new Error(`Cannot use the feature ${name}: it is not there`);
  return feature;
}
