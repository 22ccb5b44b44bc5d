import { isDeepStrictEqual } from 'node:util';

import type { ListenerTlsPlan } from '../../proxy/index.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import { keepCertificates } from './keep-certificates.ts';
import type { TlsPart, TlsParts } from './tls-parts.ts';
import { loadedTls } from './tls-sources.ts';

/**
 * The config in force with its certificates as they are now; what cannot be used stays as it was. The same object, where all
 * is as before.
 */
export function withCertificates(config: LoadedConfig, parts: TlsParts): LoadedConfig {
  if (config.tls === undefined) return config;
  const listeners = config.plan.listeners.map((each) => {
    const part = parts.listeners.find(({ listener }) => listener === each.name);
    return part === undefined || each.tls === undefined ? each : { ...each, tls: planOf(part, each.tls) };
  });
  const loaded = { ...config, plan: { ...config.plan, listeners }, tls: loadedTls(config.tls.sources, parts) };
  const next = keepCertificates(loaded, config);
  const same = next.plan.listeners.every((each, i) => isDeepStrictEqual(each.tls, config.plan.listeners[i]?.tls));
  return same ? config : next;
}

/** Whom clients' certificates may come from is not forgotten: nobody is let in for that, or kept out. */
function planOf({ plan, clientsLost }: TlsPart, before: ListenerTlsPlan): ListenerTlsPlan {
  return clientsLost ? { ...plan, clientCertificates: before.clientCertificates } : plan;
}
