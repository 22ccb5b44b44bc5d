import { isDeepStrictEqual } from 'node:util';

import type { LoadedConfig } from '../config/load-result.ts';
import type { TlsParts } from './load-tls.ts';

/** The config in force with its certificates as they are now. The same object, where they are as before. */
export function withCertificates(config: LoadedConfig, { plans, certificates }: TlsParts): LoadedConfig {
  if (config.tls === undefined) return config;
  const listeners = config.plan.listeners.map((each) => {
    const tls = plans.get(each.name);
    return tls === undefined || isDeepStrictEqual(tls, each.tls) ? each : { ...each, tls };
  });
  if (listeners.every((each, i) => each === config.plan.listeners[i])) return config;
  return { ...config, plan: { ...config.plan, listeners }, tls: { ...config.tls, certificates } };
}
