import type { Condition, TextMatch } from '../../proxy/index.ts';
import type { ConfigFiles } from './config-files.ts';
import type { Draft } from './config.ts';
import { quote, type ConfigPath } from './config-problem.ts';
import { linesOf } from './middleware/list-file.ts';
import { readNetwork } from './network.ts';
import type { Problems } from './source.ts';
import type { AddressEntry, NamedValues, TlsWhenConfig, WhenConfig } from './when.ts';

const mostBytes = 4_000_000;

/** Makes the conditions of all routes, by route. What is wrong with a file goes to `problems`. */
export function resolveConditions(
  config: Draft,
  files: ConfigFiles,
  problems: Problems,
): readonly (Condition | undefined)[] {
  const reader = new ConditionReader(files, problems);
  return (config.routes ?? []).map((route, index) => {
    const when = route?.when;
    return when === undefined ? undefined : reader.read(when, ['routes', index, 'when']);
  });
}

class ConditionReader {
  readonly #files: ConfigFiles;
  readonly #problems: Problems;
  /** A file that many routes name is read and checked once. */
  readonly #lists = new Map<string, readonly string[]>();

  constructor(files: ConfigFiles, problems: Problems) {
    this.#files = files;
    this.#problems = problems;
  }

  read(when: WhenConfig, path: ConfigPath): Condition {
    const { method, address, scheme, tls, any, all, not } = when;
    const of: Condition[] = [];
    // What costs least to ask comes first.
    if (scheme !== undefined) of.push({ kind: 'scheme', scheme });
    if (method !== undefined) of.push({ kind: 'method', methods: method });
    if (tls !== undefined) of.push(...tlsConditions(tls));
    if (address !== undefined) of.push({ kind: 'address', networks: this.#networks(address, [...path, 'address']) });
    for (const kind of ['header', 'cookie', 'query'] as const) of.push(...valueConditions(kind, when[kind] ?? {}));
    if (when.path !== undefined) of.push({ kind: 'path', value: when.path });
    if (all !== undefined) of.push(...this.#each(all, [...path, 'all']));
    if (any !== undefined) of.push({ kind: 'any', of: this.#each(any, [...path, 'any']) });
    if (not !== undefined) of.push({ kind: 'not', of: this.read(not, [...path, 'not']) });
    return of.length === 1 ? of[0]! : { kind: 'all', of };
  }

  /** After a mistake in one of them it is missing. */
  #each(list: readonly (WhenConfig | undefined)[], path: ConfigPath): Condition[] {
    return list.flatMap((each, i) => (each === undefined ? [] : [this.read(each, [...path, i])]));
  }

  #networks(entries: readonly (AddressEntry | undefined)[], path: ConfigPath): readonly string[] {
    const networks = entries.flatMap((entry, i) => {
      if (entry === undefined) return [];
      return typeof entry === 'string' ? [entry] : this.#list(entry.file, this.#problems.itemPath(path, i));
    });
    return [...new Set(networks)];
  }

  #list(name: string, path: ConfigPath): readonly string[] {
    const known = this.#lists.get(name);
    if (known !== undefined) return known;
    const key = [...path, 'file'];
    const file = this.#files.read(name, { what: 'the list of addresses', key, maxBytes: mostBytes });
    const networks = file === undefined ? [] : this.#parse(file.bytes, name, key);
    this.#lists.set(name, networks);
    return networks;
  }

  #parse(bytes: Buffer, name: string, key: ConfigPath): string[] {
    const networks: string[] = [];
    for (const { line, content } of linesOf(bytes)) {
      const reading = readNetwork(content);
      if (!reading.ok) {
        const message = `Cannot use line ${line} of ${this.#problems.show(key, name)}: ${reading.what}`;
        const remedy = reading.better === undefined ? reading.remedy : `write ${quote(reading.better)}`;
        this.#problems.add({ path: key, message, remedy });
        return networks;
      }
      networks.push(reading.value);
    }
    return networks;
  }
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
