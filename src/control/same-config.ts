import { isDeepStrictEqual } from 'node:util';

import type { LoadedConfig } from './config/load-result.ts';
import { disabledParts } from './disabled-parts.ts';

const parts = ['plan', 'admin', 'log', 'events', 'state', 'names', 'identity', 'threads', 'watch'] as const;

/** Warnings and secrets' paths make no difference to what runs. */
export function sameConfig(a: LoadedConfig, b: LoadedConfig): boolean {
  return (
    parts.every((part) => isDeepStrictEqual(a[part], b[part])) &&
    isDeepStrictEqual(a.tls?.sources, b.tls?.sources) &&
    isDeepStrictEqual(disabledParts(a), disabledParts(b))
  );
}
