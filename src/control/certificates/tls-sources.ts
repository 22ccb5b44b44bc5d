import type { Draft, ListenerTlsConfig } from '../config/config.ts';
import { pathText, type ConfigPath } from '../config/config-problem.ts';
import type { Problems, Source } from '../config/source.ts';
import { valueAt } from '../config/value-at.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import type { Lost, TlsParts } from './tls-parts.ts';

/** What is needed to load the certificates of a config anew without reading the config itself. Plain data; never shown: passphrases are in it. */
export interface TlsSources {
  /** The config file, for messages. */
  readonly file: string;
  /** Absolute: relative paths start there. */
  readonly folder: string;
  /** As `Source.shown`, for the listeners. */
  readonly shown: ReadonlyMap<string, string>;
  readonly listeners: readonly TlsSource[];
}

/** The key `tls` of a listener. */
export interface TlsSource {
  readonly listener: string;
  readonly config: ListenerTlsConfig;
  /** Where each certificate stands, and whether it is a map of files there or one path. */
  readonly places: readonly { readonly path: ConfigPath; readonly isMap: boolean }[];
}

/** Of the config in force: what its certificates came from, and what is known of them. */
export interface LoadedTls {
  readonly sources: TlsSources;
  readonly certificates: readonly CertificateFacts[];
  /** Those that cannot be used; undefined: all can. */
  readonly lost?: readonly Lost[];
}

export function loadedTls(sources: TlsSources, { listeners, certificates }: TlsParts): LoadedTls {
  const lost = listeners.flatMap((part) =>
    part.lost.map((each) => ({ ...each, listener: part.listener, kept: false })),
  );
  return { sources, certificates, ...(lost.length > 0 && { lost }) };
}

/** What is left of a `tls` with a mistake in it is not joined with its preset. */
export function isWhole(tls: ListenerTlsConfig | undefined): tls is ListenerTlsConfig {
  return typeof tls?.groups === 'string';
}

/** Listeners whose `tls` is right as far as the schema can tell. */
export function tlsSourcesOf(config: Draft, source: Source, problems: Problems): TlsSources {
  const listeners = Object.entries(config.listeners ?? {}).flatMap(([listener, each]) => {
    const tls = each?.tls;
    if (!isWhole(tls)) return [];
    const base: ConfigPath = ['listeners', listener, 'tls', 'certificates'];
    const places = tls.certificates.map((_, i) => {
      const path = problems.itemPath(base, i);
      return { path, isMap: typeof valueAt(source.value, path) !== 'string' };
    });
    return [{ listener, config: tls, places }];
  });
  const shown = new Map(
    [...source.shown].filter(
      ([path]) => path.startsWith(`${pathText(['listeners'])}.`) || path.startsWith('listeners['),
    ),
  );
  return { file: source.file, folder: source.folder, shown, listeners };
}
