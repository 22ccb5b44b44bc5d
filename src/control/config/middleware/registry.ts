import type { FeatureName } from '../../../proxy/index.ts';
import { corsSchema } from './cors.ts';
import type { AnyFeatureSchema } from './feature-schema.ts';
import { basicAuthSchema } from './basic-auth.ts';
import { bodyLimitSchema } from './body-limit.ts';
import { bufferSchema } from './buffer.ts';
import { errorPagesSchema } from './error-pages.ts';
import { ipFilterSchema } from './ip-filter.ts';
import { headersSchema } from './headers.ts';
import { moduleSchema } from './module.ts';
import { redirectSchema } from './redirect.ts';
import { respondSchema } from './respond.ts';
import { rewriteSchema } from './rewrite.ts';
import { securityHeadersSchema } from './security-headers.ts';

/** The schemas of all features, by name. */
export const featureSchemas: Readonly<Record<FeatureName, AnyFeatureSchema>> = {
  cors: corsSchema,
  headers: headersSchema,
  redirect: redirectSchema,
  respond: respondSchema,
  rewrite: rewriteSchema,
  'security-headers': securityHeadersSchema,
  'basic-auth': basicAuthSchema,
  'body-limit': bodyLimitSchema,
  buffer: bufferSchema,
  'error-pages': errorPagesSchema,
  'ip-filter': ipFilterSchema,
  module: moduleSchema,
};
