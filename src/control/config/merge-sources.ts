import { pathText, quote, type ConfigPath } from './config-problem.ts';
import { Problems, type Place, type Source } from './source.ts';

/** A file of a config that consists of several. */
export interface Part {
  readonly source: Source;
  readonly problems: Problems;
}

/** Where a value of the whole comes from. */
interface Origin {
  readonly source: Source;
  /** In that file. */
  readonly path: ConfigPath;
}

type Section = Record<string, unknown>;

/** What is known by names: each name once, in whatever file. */
const maps: ReadonlySet<string> = new Set(['listeners', 'pools']);

/**
 * Makes one config of several files. Listeners and pools are put together by name, routes one after the other in the order of the
 * files. All else stands in one file only: no file quietly wins over another.
 */
export function mergeSources(main: Part, parts: readonly Part[]): Part {
  const whole = new Merging(main.source);
  const problems = new Problems(whole);
  for (const { source, problems: own } of [main, ...parts]) {
    problems.adopt(own);
    whole.add(source, problems);
  }
  return { source: whole, problems };
}

class Merging implements Source {
  readonly file: string;
  readonly folder: string;
  readonly severalFiles = true;
  readonly value: Section = {};
  readonly shown: Map<string, string> = new Map();
  readonly #main: Source;
  /** By `key`, `key.name` and `routes[i]`. */
  readonly #origins: Map<string, Origin> = new Map();

  constructor(main: Source) {
    this.#main = main;
    this.file = main.file;
    this.folder = main.folder;
  }

  locate(path: ConfigPath, end: 'key' | 'value'): Place {
    for (const length of [2, 1]) {
      const origin = this.#origins.get(pathText(path.slice(0, length)));
      if (origin !== undefined) return origin.source.locate([...origin.path, ...path.slice(length)], end);
    }
    return this.#main.locate(path, end);
  }

  /** What is no map is left for the schema to refuse, in the file where it stands. */
  add(source: Source, problems: Problems): void {
    const { value } = source;
    if (!isSection(value)) {
      if (source === this.#main) return;
      const place = source.locate([], 'value');
      const message = `Cannot include ${quote(source.file)}: it is no map`;
      return problems.add({ path: [source.file], place, message, remedy: 'begin with routes: or pools:' });
    }
    for (const [key, part] of Object.entries(value)) this.#addKey(key, part, { source, problems });
  }

  #addKey(key: string, part: unknown, from: { source: Source; problems: Problems }): void {
    const { source, problems } = from;
    if (key === 'include' && source !== this.#main) {
      const place = source.locate([key], 'key');
      const message = 'Cannot include files from a file that is included itself';
      return problems.add({ path: [source.file, key], place, message, remedy: 'name them in the first file' });
    }
    if (maps.has(key) && isSection(part)) return this.#addNames(key, part, from);
    if (key === 'routes' && Array.isArray(part)) return this.#addRoutes(part, source);
    this.#put([key], { source, path: [key] }, problems, () => (this.value[key] = part));
  }

  #addNames(key: string, part: Section, { source, problems }: { source: Source; problems: Problems }): void {
    const section = this.#sectionOf(key, source);
    for (const [name, each] of Object.entries(part)) {
      this.#put([key, name], { source, path: [key, name] }, problems, () => (section[name] = each));
    }
  }

  #sectionOf(key: string, source: Source): Section {
    const known = this.value[key];
    if (isSection(known)) return known;
    const made: Section = {};
    this.value[key] = made;
    if (!this.#origins.has(key)) this.#origins.set(key, { source, path: [key] });
    return made;
  }

  #addRoutes(part: readonly unknown[], source: Source): void {
    const routes = Array.isArray(this.value['routes']) ? (this.value['routes'] as unknown[]) : [];
    this.value['routes'] = routes;
    if (!this.#origins.has('routes')) this.#origins.set('routes', { source, path: ['routes'] });
    for (const [i, route] of part.entries()) {
      const at = routes.push(route) - 1;
      this.#origins.set(pathText(['routes', at]), { source, path: ['routes', i] });
      this.#show(source, `routes[${i}]`, `routes[${at}]`);
    }
  }

  /** One file only may say it. */
  #put(path: ConfigPath, origin: Origin, problems: Problems, put: () => void): void {
    const key = pathText(path);
    const before = this.#origins.get(key);
    if (before !== undefined) {
      const { file, line } = before.source.locate(before.path, 'key');
      const place = origin.source.locate(origin.path, 'key');
      const message = `Cannot have ${key} in two files: ${file}:${line} has it already`;
      return problems.add({ path: [place.file, ...path], place, message, remedy: 'leave one of them out' });
    }
    this.#origins.set(key, origin);
    this.#show(origin.source, key, key);
    put();
  }

  /** What came from a `${...}` below one path is found below another one in the whole. */
  #show(source: Source, from: string, to: string): void {
    for (const [at, text] of source.shown) {
      const rest = at.slice(from.length);
      if (at.startsWith(from) && /^($|[.[])/.test(rest)) this.shown.set(to + rest, text);
    }
  }
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
