import type { Work } from '../feature.ts';
import { compileUrlTemplate, type Captures, type Filled, type Template } from '../template.ts';

/** What is done to a query: `keep`, `remove`, `set`, then `add`. Names are compared as they are once decoded. */
export interface QueryEditsConfig {
  /** Undefined: all are kept. */
  readonly keep: readonly string[] | undefined;
  readonly remove: readonly string[];
  readonly set: readonly ParameterConfig[];
  readonly add: readonly ParameterConfig[];
}

export interface ParameterConfig {
  readonly name: string;
  readonly value: Template;
}

interface NewParameter {
  /** Encoded. */
  readonly name: string;
  readonly value: Filled;
}

/** Edits of a query, ready to be done. What is not edited stays as it stands, in its order. */
export class QueryEdits {
  readonly #kept: ReadonlySet<string> | undefined;
  readonly #gone: ReadonlySet<string>;
  readonly #added: readonly NewParameter[];

  constructor({ keep, remove, set, add }: QueryEditsConfig) {
    this.#kept = keep === undefined ? undefined : new Set(keep);
    this.#gone = new Set([...remove, ...set.map(({ name }) => name)]);
    this.#added = [...set, ...add].map(({ name, value }) => ({
      name: encodeURIComponent(name),
      value: compileUrlTemplate(value, 'value', 'server'),
    }));
  }

  /** @param query with its `?`, or empty. @returns likewise. */
  apply(query: string, work: Work, captures: Captures | undefined): string {
    const parts =
      query === ''
        ? []
        : query
            .slice(1)
            .split('&')
            .filter((part) => this.#stays(part));
    for (const { name, value } of this.#added) parts.push(`${name}=${value(work, captures)}`);
    return parts.length === 0 ? '' : `?${parts.join('&')}`;
  }

  #stays(part: string): boolean {
    const equals = part.indexOf('=');
    const name = decoded(equals < 0 ? part : part.slice(0, equals));
    return !this.#gone.has(name) && (this.#kept === undefined || this.#kept.has(name));
  }
}

/** As servers read it. What cannot be decoded stands for itself. */
function decoded(name: string): string {
  if (!name.includes('%') && !name.includes('+')) return name;
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}
