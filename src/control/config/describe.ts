import type { ConfigTexts } from './config-texts.ts';
import { effectiveConfig } from './effective.ts';
import { hidePlainSecrets } from './hide-plain-secrets.ts';
import { readSource } from './read-source.ts';
import type { Source } from './source.ts';

/** What can be told of a config from its texts. */
export interface Described {
  /** As `effectiveConfig`, with what opens something hidden; empty where it was not asked for. */
  readonly yaml: string;
  readonly places: SourcePlaces;
}

/** Where parts of a config stand, as `file:line`. */
export interface SourcePlaces {
  readonly listeners: Readonly<Record<string, string>>;
  /** In the order of the config. */
  readonly routes: readonly string[];
  readonly pools: Readonly<Record<string, string>>;
}

/**
 * Describes a config that was loaded before, from its texts. What `${...}` stands for is not needed: it is not shown.
 * @param whole also as YAML, which takes its time.
 * @returns undefined where they cannot be read any more.
 */
export async function describe(
  texts: ConfigTexts,
  environment: Readonly<Record<string, string | undefined>>,
  whole: boolean,
): Promise<Described | undefined> {
  const { file, folder, made } = texts;
  const env = { environment, instance: '', kept: texts, places: true };
  const read = await readSource(texts.texts[file] ?? '', { file, folder, env, made });
  if (!read.ok) return undefined;
  const { source } = read;
  return { yaml: whole ? effectiveConfig(hidePlainSecrets(source)) : '', places: placesIn(source) };
}

function placesIn(source: Source): SourcePlaces {
  const { listeners, routes, pools } = sectionsOf(source.value);
  const place = (...path: readonly (string | number)[]): string => {
    const { file, line } = source.locate(path, 'key');
    return line > 0 ? `${file}:${line}` : file;
  };
  const named = (section: string, value: unknown): Record<string, string> =>
    Object.fromEntries(Object.keys(isMap(value) ? value : {}).map((name) => [name, place(section, name)]));
  return {
    listeners: named('listeners', listeners),
    routes: Array.isArray(routes) ? routes.map((_, i) => place('routes', i)) : [],
    pools: named('pools', pools),
  };
}

function sectionsOf(value: unknown): Readonly<Record<'listeners' | 'routes' | 'pools', unknown>> {
  const { listeners, routes, pools } = isMap(value) ? value : {};
  return { listeners, routes, pools };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
