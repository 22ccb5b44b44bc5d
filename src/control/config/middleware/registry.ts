import type { FeatureName } from '../../../proxy/index.ts';
import type { FeatureSchema } from './feature-schema.ts';

/** The schemas of all features, by name. */
export const featureSchemas: Readonly<Partial<Record<FeatureName, FeatureSchema<never>>>> = {};
