import type { Condition, TextMatch } from '../../proxy/index.ts';
import type { ConfigFiles } from './config-files.ts';
import type { Draft } from './config.ts';
import { quote, type ConfigPath } from './config-problem.ts';
import { linesOf } from './middleware/list-file.ts';
import { readNetwork } from './network.ts';
import type { Problems } from './source.ts';
import type { AddressEntry, NamedValues, TlsWhenConfig, WhenConfig } from './when.ts';

const mostBytes = 4_000_000;

/**
 * Makes the conditions of all routes, by route. What is wrong with a file goes to `problems`; such a condition holds for every
 * request that it might hold for: the route is disabled, and nothing that it is for may come to the routes behind it.
 */
export function resolveConditions(
  config: Draft,
  files: ConfigFiles,
  problems: Problems,
): readonly (Condition | undefined)[] {
  const reader = new ConditionReader(files, problems);
  return (config.routes ?? []).map((route, index) => {
    const when = route?.when;
    return when === undefined ? undefined : reader.read(when, ['routes', index, 'when'], true);
  });
}

class ConditionReader {
  readonly #files: ConfigFiles;
  readonly #problems: Problems;
  /** A file that many routes name is checked once. */
  readonly #lists = new Map<string, Listed>();

  constructor(files: ConfigFiles, problems: Problems) {
    this.#files = files;
    this.#problems = problems;
  }

  /** @param wide in doubt it holds; false: it stands under a `not`, and in doubt does not. */
  read(when: WhenConfig, path: ConfigPath, wide: boolean): Condition {
    const { method, address, scheme, tls, any, all, not } = when;
    const of: Condition[] = [];
    // What costs least to ask comes first.
    if (scheme !== undefined) of.push({ kind: 'scheme', scheme });
    if (method !== undefined) of.push({ kind: 'method', methods: method });
    if (tls !== undefined) of.push(...tlsConditions(tls));
    if (address !== undefined) of.push(this.#address(address, [...path, 'address'], wide));
    for (const kind of ['header', 'cookie', 'query'] as const) of.push(...valueConditions(kind, when[kind] ?? {}));
    if (when.path !== undefined) of.push({ kind: 'path', value: when.path });
    if (all !== undefined) of.push(...this.#each(all, [...path, 'all'], wide));
    if (any !== undefined) of.push({ kind: 'any', of: this.#each(any, [...path, 'any'], wide) });
    if (not !== undefined) of.push({ kind: 'not', of: this.read(not, [...path, 'not'], !wide) });
    return of.length === 1 ? of[0]! : { kind: 'all', of };
  }

  /** After a mistake in one of them it is missing. */
  #each(list: readonly (WhenConfig | undefined)[], path: ConfigPath, wide: boolean): Condition[] {
    return list.flatMap((each, i) => (each === undefined ? [] : [this.read(each, [...path, i], wide)]));
  }

  #address(entries: readonly (AddressEntry | undefined)[], path: ConfigPath, wide: boolean): Condition {
    const networks = new Set<string>();
    let whole = true;
    for (const [i, entry] of entries.entries()) {
      if (entry === undefined) continue;
      const listed = typeof entry === 'string' ? [entry] : this.#list(entry.file, this.#problems.itemPath(path, i));
      whole &&= listed !== undefined;
      for (const network of listed ?? []) networks.add(network);
    }
    return whole || !wide ? { kind: 'address', networks: [...networks] } : { kind: 'all', of: [] };
  }

  /** Undefined: it cannot be used, which has been reported. */
  #list(name: string, path: ConfigPath): readonly string[] | undefined {
    const key = [...path, 'file'];
    const file = this.#files.read(name, { what: 'the list of addresses', key, maxBytes: mostBytes });
    if (file === undefined) return undefined;
    const listed = this.#lists.get(name) ?? parse(file.bytes);
    this.#lists.set(name, listed);
    if ('networks' in listed) return listed.networks;
    const { line, what, remedy } = listed;
    const message = `Cannot use line ${line} of ${this.#problems.show(key, name)}: ${what}`;
    this.#problems.add({ path: key, message, remedy, outside: true });
    return undefined;
  }
}

/** What a file has, or its first line that is wrong. */
type Listed =
  | { readonly networks: readonly string[] }
  | { readonly line: number; readonly what: string; readonly remedy: string };

function parse(bytes: Buffer): Listed {
  const networks: string[] = [];
  for (const { line, content } of linesOf(bytes)) {
    const reading = readNetwork(content);
    if (!reading.ok) {
      const remedy = reading.better === undefined ? reading.remedy : `write ${quote(reading.better)}`;
      return { line, what: reading.what, remedy };
    }
    networks.push(reading.value);
  }
  return { networks };
}

function valueConditions(kind: 'header' | 'cookie' | 'query', values: NamedValues): Condition[] {
  return Object.entries(values).map(([written, value]) => {
    const name = kind === 'header' ? written.toLowerCase() : written;
    if (value !== false) return { kind, name, value };
    return { kind: 'not', of: { kind, name, value: { kind: 'present' } } };
  });
}

function tlsConditions({ version, serverName, clientSubject }: TlsWhenConfig): Condition[] {
  const of: Condition[] = [];
  const add = (what: 'version' | 'serverName' | 'clientSubject', value: TextMatch | undefined): void => {
    if (value !== undefined) of.push({ kind: 'tls', what, value });
  };
  add('version', version && { kind: 'is', texts: version });
  add('serverName', serverName);
  add('clientSubject', clientSubject);
  return of;
}
