import { isDeepStrictEqual } from 'node:util';

import type { LoadedConfig } from './config/load-result.ts';

/** Warnings and secrets' paths make no difference to what runs. */
export function sameConfig(a: LoadedConfig, b: LoadedConfig): boolean {
  return (
    isDeepStrictEqual(a.plan, b.plan) &&
    isDeepStrictEqual(a.admin, b.admin) &&
    isDeepStrictEqual(a.log, b.log) &&
    isDeepStrictEqual(a.names, b.names) &&
    isDeepStrictEqual(a.identity, b.identity) &&
    isDeepStrictEqual(a.tls?.sources, b.tls?.sources) &&
    a.threads === b.threads
  );
}
