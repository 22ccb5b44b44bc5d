import type { Feature } from './feature.ts';
import { basicAuth } from './basic-auth/basic-auth.ts';
import { bodyLimit } from './body-limit/body-limit.ts';
import { buffer } from './buffer/buffer.ts';
import { cors } from './cors/cors.ts';
import { errorPages } from './error-pages/error-pages.ts';
import { headers } from './headers/headers.ts';
import { ipFilter } from './ip-filter/ip-filter.ts';
import { module } from './module/module.ts';
import { redirect } from './redirect/redirect.ts';
import { respond } from './respond/respond.ts';
import { rewrite } from './rewrite/rewrite.ts';
import { securityHeaders } from './security-headers/security-headers.ts';
import type { FeatureName } from './stages.ts';

/** Every feature by its name. */
const features: Readonly<Record<FeatureName, Feature<never>>> = {
  'basic-auth': basicAuth,
  'body-limit': bodyLimit,
  buffer,
  cors,
  'error-pages': errorPages,
  headers,
  'ip-filter': ipFilter,
  module,
  redirect,
  respond,
  rewrite,
  'security-headers': securityHeaders,
};

export function featureOf(name: FeatureName): Feature<unknown> {
  return features[name];
}
