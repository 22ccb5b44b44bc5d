/**
 * The features that a route may use, and when in an exchange each has its say. The order in a route's config is the order
 * in which they run; one that goes against the stages is refused, because it would not do what it says: a guard behind a
 * rewrite judges what the client never asked for.
 */
export const stages: Readonly<Record<FeatureName, Stage>> = {
  'ip-filter': 'guard',
  'body-limit': 'guard',
  cors: 'guard',
  'basic-auth': 'identify',
  rewrite: 'rewrite',
  headers: 'transform',
  'security-headers': 'transform',
  'error-pages': 'transform',
  buffer: 'transform',
  redirect: 'respond',
  respond: 'respond',
  module: 'any',
};

/** `any`: where its author puts it. */
export type Stage = 'guard' | 'identify' | 'rewrite' | 'transform' | 'respond' | 'any';

/** Its folder, its key in the config, its label in metrics and its page in the docs. */
export type FeatureName =
  | 'ip-filter'
  | 'body-limit'
  | 'cors'
  | 'basic-auth'
  | 'rewrite'
  | 'headers'
  | 'module'
  | 'security-headers'
  | 'error-pages'
  | 'buffer'
  | 'redirect'
  | 'respond';
