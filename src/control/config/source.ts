import { pathText, quote, type ConfigPath, type ConfigProblem } from './config-problem.ts';
import { valueAt } from './value-at.ts';

/** Which end of a pair a position means. */
export type End = 'key' | 'value';

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Other than the path in the tree, where the config was made from a command. */
  readonly path?: string;
}

/** A config as it came, before the schema: values, and what is needed to talk about them. */
export interface Source {
  readonly file: string;
  /** Relative paths in the config start here. */
  readonly folder: string;
  /** Objects, lists and plain values; `${...}` has been put in. */
  readonly value: unknown;
  /** For every text that had a `${...}` in it, by `pathText`: that text with `***` in its place. */
  readonly shown: ReadonlyMap<string, string>;
  /** A line means nothing without its file. */
  readonly severalFiles?: boolean;
  locate(path: ConfigPath, end: End): Place;
}

/** A mistake before it has a place. */
export interface Mistake {
  readonly path: ConfigPath;
  readonly end?: End;
  /** Where that is known better than the path can tell. */
  readonly place?: Place;
  readonly message: string;
  readonly remedy: string;
  readonly severity?: 'error' | 'warning';
  /**
   * Not the config is wrong but what it names in the world outside. Below a route, a pool or a listener only what needs that is
   * disabled; anywhere else it is an error like others.
   */
  readonly outside?: boolean;
}

/** What the world outside does not give, and where the config asks for it. */
export type Lack = Pick<Mistake, 'path' | 'message'>;

/** More than anyone reads at once, and few enough that a hopeless file is still judged quickly. */
const mostProblems = 200;

/** Collects the mistakes of one source. Past 200 it only counts. */
export class Problems {
  readonly #source: Source;
  readonly #found: ConfigProblem[] = [];
  /** Places that have one already: what follows from a first mistake is no second one. */
  readonly #places = new Set<string>();
  /** Spots that a part has told of: what follows from that is no second mistake either. */
  readonly #adopted = new Set<string>();
  /** All of them, also past the 200: whatever needs one of these must know. */
  readonly #lacks: Lack[] = [];
  #others = 0;
  #failed = false;

  constructor(source: Source) {
    this.#source = source;
  }

  add(mistake: Mistake): void {
    const { end = 'value' } = mistake;
    const where = whereOf(mistake, end);
    // A place may have several doubts, and none of them hides a mistake.
    const key = mistake.severity === 'warning' ? `${where} ${mistake.message}` : where;
    if (this.#places.has(where) || this.#places.has(key)) return;
    this.#places.add(key);
    this.#weigh(mistake);
    if (this.#found.length >= mostProblems) {
      this.#others++;
      return;
    }
    const place = mistake.place ?? this.#source.locate(mistake.path, end);
    const { file, line, column, path } = place;
    if (this.#adopted.has(`${file}:${line}:${column}`)) return;
    const { message, remedy, severity = 'error' } = mistake;
    this.#found.push({ file, line, column, path: path ?? pathText(mistake.path), message, remedy, severity });
  }

  #weigh(mistake: Mistake): void {
    if (mistake.outside === true && isOfAPart(mistake.path)) this.#lacks.push(mistake);
    else this.#failed ||= mistake.severity !== 'warning';
  }

  /** The line of a value, for messages that point to a second place. */
  lineOf(path: ConfigPath): string {
    const { file, line, path: name } = this.#source.locate(path, 'key');
    if (line === 0) return name ?? file;
    return this.#source.severalFiles === true ? `${file}:${line}` : `line ${line}`;
  }

  /** Path of an item of what may be a list, or stand alone where one is enough. */
  itemPath(base: ConfigPath, index: number): ConfigPath {
    return Array.isArray(valueAt(this.#source.value, base)) ? [...base, index] : base;
  }

  /** A text of the config in quotes; what came from a `${...}` is `***`. */
  show(path: ConfigPath, text: string): string {
    return quote(this.#source.shown.get(pathText(path)) ?? text);
  }

  /** The config has no such key. */
  isMissing(path: ConfigPath): boolean {
    return valueAt(this.#source.value, path) === undefined;
  }

  /** Part of the text came from a `${...}`: nothing derived from it may be shown. */
  isSecret(path: ConfigPath): boolean {
    return this.#source.shown.has(pathText(path));
  }

  /** The config itself is wrong, so that nothing of it can be trusted. */
  get failed(): boolean {
    return this.#failed;
  }

  /** What is found from now on is only counted: no work is to be spent on its words. */
  get full(): boolean {
    return this.#found.length >= mostProblems;
  }

  /** What is missing or wrong outside the config, one each place. */
  get lacks(): readonly Lack[] {
    return this.#lacks;
  }

  /** Takes over what has been found in a part of the source. */
  adopt(part: Problems): void {
    this.#found.push(...part.#found);
    for (const { file, line, column } of part.#found) this.#adopted.add(`${file}:${line}:${column}`);
    this.#others += part.#others;
    this.#lacks.push(...part.#lacks);
    this.#failed ||= part.#failed;
  }

  /** By file, the first one before those that it includes, then by line and column. */
  list(): readonly ConfigProblem[] {
    const rank = ({ file }: ConfigProblem): string => (file === this.#source.file ? '' : file);
    const sorted = this.#found.toSorted((a, b) => compare(rank(a), rank(b)) || a.line - b.line || a.column - b.column);
    if (this.#others === 0) return sorted;
    const message = `Cannot list more than ${mostProblems} problems: there are ${this.#others} others`;
    const last = { line: 0, column: 0, path: '', message, remedy: 'correct these first' };
    return [...sorted, { ...last, file: this.#source.file, severity: this.failed ? 'error' : 'warning' }];
  }
}

/** What is below it can be done without. */
function isOfAPart([kind, name]: ConfigPath): boolean {
  return name !== undefined && (kind === 'routes' || kind === 'pools' || kind === 'listeners');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function whereOf(mistake: Mistake, end: End): string {
  return `${end} ${end === 'key' ? (mistake.place?.line ?? '') : ''} ${pathText(mistake.path)}`;
}
